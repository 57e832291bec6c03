package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class WarmUpTest {
  @Test
  void requestsGoThroughAndNothingIsLeftOpen() {
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    try {
      assertThat(RunningPlane.await(WarmUp.run(vertx, 2, Duration.ofSeconds(2)))).isGreaterThan(50);
      assertThat(RunningPlane.await(WarmUp.run(vertx, 2, Duration.ZERO))).isZero();
    } finally {
      RunningPlane.await(vertx.close());
    }
  }
}
