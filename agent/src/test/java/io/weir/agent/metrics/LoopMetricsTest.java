package io.weir.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.metrics.LoopMetrics.EndpointKey;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LoopMetricsTest {
  private final LoopMetrics loop = new LoopMetrics();

  @Test
  void anEndpointIsCountedApartInEveryPool() {
    EndpointMetrics one = loop.endpoint("a", "10.0.0.1:80");
    one.started();
    one.answered(204, 2_000_000, 10, 20);
    loop.endpoint("b", "10.0.0.1:80").started();
    assertThat(loop.endpoint("a", "10.0.0.1:80").answers(2)).isEqualTo(1);
    assertThat(loop.endpoint("a", "10.0.0.1:80").inFlight()).isZero();
    assertThat(loop.endpoint("b", "10.0.0.1:80").inFlight()).isEqualTo(1);
  }

  @Test
  void whatHappensToARequestAndAConnectionIsCounted() {
    EndpointMetrics endpoint = loop.endpoint("a", "e");
    endpoint.connected();
    endpoint.started();
    endpoint.answered(503, 1_000_000, 1, 2);
    endpoint.idled();
    endpoint.reused();
    endpoint.started();
    endpoint.failed(3, 4);
    endpoint.retried();
    endpoint.closed(false);
    endpoint.connectFailed();
    assertThat(endpoint.answers(5)).isEqualTo(1);
    assertThat(endpoint.failures()).isEqualTo(1);
    assertThat(endpoint.retries()).isEqualTo(1);
    assertThat(endpoint.connectFailures()).isEqualTo(1);
    assertThat(endpoint.connects()).isEqualTo(1);
    assertThat(endpoint.active() + endpoint.idle() + endpoint.inFlight()).isZero();
    assertThat(endpoint.bytesUp()).isEqualTo(4);
    assertThat(endpoint.bytesDown()).isEqualTo(6);
    assertThat(endpoint.latency().count()).isEqualTo(1);
  }

  @Test
  void loopsTogetherAreTheSumOfAll() {
    LoopMetrics other = new LoopMetrics();
    for (LoopMetrics each : List.of(loop, other, other)) {
      each.endpoint("a", "e").started();
      each.endpoint("a", "e").answered(200, 5_000, 1, 1);
      each.endpoint("a", "e").started();
      each.listener("web").opened();
      each.listener("web").answered(200);
    }
    other.endpoint("a", "f").started();
    LoopMetrics sum = LoopMetrics.sum(List.of(loop, other));
    assertThat(sum.endpoints().keySet())
        .containsExactly(new EndpointKey("a", "e"), new EndpointKey("a", "f"));
    assertThat(sum.endpoint("a", "e").answers(2)).isEqualTo(3);
    assertThat(sum.endpoint("a", "e").inFlight()).isEqualTo(3);
    assertThat(sum.endpoint("a", "e").latency().count()).isEqualTo(3);
    assertThat(sum.listener("web").open()).isEqualTo(3);
    assertThat(sum.listener("web").answers(2)).isEqualTo(3);
  }

  @Test
  void aCopyDoesNotChangeAnyMore() {
    loop.endpoint("a", "e").started();
    LoopMetrics copy = loop.copy();
    loop.endpoint("a", "e").answered(200, 1, 0, 0);
    loop.listener("new").opened();
    assertThat(copy.endpoint("a", "e").inFlight()).isEqualTo(1);
    assertThat(copy.listeners()).isEmpty();
  }

  @Test
  void whatIsGoneIsForgottenOnceItIsQuiet() {
    loop.endpoint("a", "kept");
    loop.endpoint("a", "gone").retire();
    EndpointMetrics busy = loop.endpoint("a", "busy");
    busy.started();
    busy.retire();
    ListenerMetrics old = loop.listener("old");
    old.opened();
    old.retire();
    assertThat(loop.copy().endpoints().keySet())
        .containsExactly(new EndpointKey("a", "busy"), new EndpointKey("a", "kept"));
    assertThat(loop.copy().listeners()).containsOnlyKeys("old");
    busy.answered(200, 1, 0, 0);
    old.closed();
    assertThat(loop.copy().endpoints().keySet()).containsExactly(new EndpointKey("a", "kept"));
    assertThat(loop.copy().listeners()).isEmpty();
  }

  @Test
  void whatComesBackIsKept() {
    loop.endpoint("a", "e").retire();
    loop.endpoint("a", "e").started();
    loop.endpoint("a", "e").answered(200, 1, 0, 0);
    assertThat(loop.copy().endpoint("a", "e").answers(2)).isEqualTo(1);
  }
}
