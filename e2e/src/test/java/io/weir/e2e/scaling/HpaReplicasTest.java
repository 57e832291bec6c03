package io.weir.e2e.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.e2e.scaling.HpaReplicas.Pod;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The cases of replica_calculator_test.go in kubernetes/kubernetes that are on CPU. */
final class HpaReplicasTest {
  private static List<Pod> pods(int missing, int ignored, double... usages) {
    List<Pod> pods = new ArrayList<>();
    for (double usage : usages) {
      pods.add(new Pod.Measured(usage));
    }
    for (int i = 0; i < missing; i++) {
      pods.add(new Pod.Missing());
    }
    for (int i = 0; i < ignored; i++) {
      pods.add(new Pod.Ignored());
    }
    return pods;
  }

  @Test
  void scale_up_by_the_ratio() {
    assertThat(HpaReplicas.replicas(3, 0.3, pods(0, 0, 0.3, 0.5, 0.7))).isEqualTo(5);
  }

  @Test
  void scale_up_less_while_a_pod_is_not_ready() {
    assertThat(HpaReplicas.replicas(3, 0.3, pods(0, 1, 0.5, 0.7))).isEqualTo(4);
  }

  @Test
  void no_scale_up_while_two_of_three_pods_are_not_ready() {
    assertThat(HpaReplicas.replicas(3, 0.3, pods(0, 2, 0.5))).isEqualTo(3);
  }

  @Test
  void scale_down_by_the_ratio() {
    assertThat(HpaReplicas.replicas(5, 0.5, pods(0, 0, 0.1, 0.3, 0.5, 0.25, 0.25))).isEqualTo(3);
  }

  @Test
  void scale_down_leaves_out_pods_that_are_not_ready() {
    assertThat(HpaReplicas.replicas(5, 0.5, pods(0, 2, 0.1, 0.3, 0.5))).isEqualTo(2);
  }

  @Test
  void nothing_changes_within_the_tolerance() {
    assertThat(HpaReplicas.replicas(3, 1.0, pods(0, 0, 1.01, 1.03, 1.02))).isEqualTo(3);
  }

  @Test
  void pods_without_a_metric_count_as_idle_when_scaling_up() {
    assertThat(HpaReplicas.replicas(4, 0.5, pods(2, 0, 1, 1))).isEqualTo(4);
    assertThat(HpaReplicas.replicas(3, 0.5, pods(1, 0, 1, 0.95))).isEqualTo(4);
  }

  @Test
  void pods_without_a_metric_count_as_busy_when_scaling_down() {
    assertThat(HpaReplicas.replicas(4, 1, pods(1, 0, 0.1, 0.1, 0.1))).isEqualTo(2);
  }

  @Test
  void nothing_changes_where_no_pod_has_a_metric() {
    assertThat(HpaReplicas.replicas(4, 0.5, pods(4, 0))).isEqualTo(4);
  }
}
