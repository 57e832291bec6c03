package io.weir.e2e.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.e2e.live.EtcdCluster;
import io.weir.e2e.scale.ScaleSite.Bounds;
import io.weir.v1.InstanceState;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Origins that come and go, all of it processes. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class ScaleTest {
  @Test
  void no_request_and_no_stream_fails_while_origins_come_and_go() {
    ScaleRun.Result result =
        ScaleRun.run(3, Duration.ofMinutes(4), true, line -> System.out.println(line));
    assertThat(result.failures()).isEmpty();
    assertThat(result.ins()).isGreaterThanOrEqualTo(3);
    assertThat(result.requests()).isGreaterThan(100);
  }

  @Test
  void a_leader_that_dies_in_the_middle_leaves_just_as_many_origins_as_were_decided_on() {
    assumeTrue(EtcdCluster.installed(), "no etcd on the PATH");
    try (ScaleSite site = new ScaleSite(new Bounds(1, 8, 1_000), true, true);
        ScaleLoad load = new ScaleLoad(site.agents(), 6)) {
      load.underWay(6);
      site.bound(new Bounds(4, 8, 1_000));
      site.awaitDesired(4);
      String first = site.killLeader();
      site.awaitServing(4);
      Set<Integer> four = site.running();
      site.startAgain(first);

      site.bound(new Bounds(1, 1, 1_000));
      site.await(InstanceState.INSTANCE_STATE_DRAINING);
      String second = site.killLeader();
      site.awaitServing(1);
      assertThat(four).containsAll(site.running());
      site.startAgain(second);
      site.awaitServing(1);
      load.close();
      assertThat(load.failures()).isEmpty();
    }
  }
}
