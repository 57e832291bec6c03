package io.weir.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.Outliers;
import io.weir.agent.model.Refusal;
import io.weir.v1.ErrorRateOutlier;
import io.weir.v1.LatencyOutlier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class OutliersCompilerTest {
  private final List<Refusal> refused = new ArrayList<>();
  private final OutliersCompiler compiler =
      new OutliersCompiler(new Refusals("Pool", "p", refused));

  private static com.google.protobuf.Duration seconds(long seconds) {
    return com.google.protobuf.Duration.newBuilder().setSeconds(seconds).build();
  }

  @Test
  void nothingDeclaredIsTheUsual() {
    assertThat(compiler.compile(io.weir.v1.Outliers.getDefaultInstance()))
        .isEqualTo(Outliers.USUAL);
    assertThat(refused).isEmpty();
  }

  @Test
  void whatIsDeclaredHolds() {
    assertThat(
            compiler.compile(
                io.weir.v1.Outliers.newBuilder()
                    .setGatewayErrors(0)
                    .setErrorRate(ErrorRateOutlier.getDefaultInstance())
                    .setLatency(LatencyOutlier.newBuilder().setFactor(2))
                    .setInterval(seconds(1))
                    .setTime(seconds(600))
                    .setMaxPercent(50)
                    .build()))
        .isEqualTo(
            new Outliers(
                0,
                Optional.of(new Outliers.ErrorRate(1.5, 5, 5, 100)),
                Optional.of(new Outliers.Latency(2, Duration.ofMillis(50), 3, 100)),
                Duration.ofSeconds(1),
                Duration.ofMinutes(10),
                Duration.ofMinutes(10),
                50));
    assertThat(refused).isEmpty();
  }

  @Test
  void whatIsOutOfRangeIsRefused() {
    compiler.compile(
        io.weir.v1.Outliers.newBuilder()
            .setGatewayErrors(-1)
            .setTime(seconds(60))
            .setMaxTime(seconds(59))
            .setMaxPercent(101)
            .setErrorRate(ErrorRateOutlier.newBuilder().setMinEndpoints(1))
            .setLatency(LatencyOutlier.newBuilder().setFactor(1))
            .build());
    assertThat(refused)
        .extracting(Refusal::field)
        .containsExactly(
            "outliers.max_time",
            "outliers.gateway_errors",
            "outliers.error_rate.min_endpoints",
            "outliers.latency.factor",
            "outliers.max_percent");
  }
}
