package io.weir.controller.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.weir.v1.ScaleTargets;
import io.weir.v1.ScalerSpec;
import io.weir.v1.SimulateScalerRequest;
import io.weir.v1.SimulateScalerResponse;
import io.weir.v1.TracePoint;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

final class ScalerTrialTest {
  private final ScalerTrial trial = new ScalerTrial(InstantSource.fixed(Instant.EPOCH));

  private static TracePoint at(int second, double rate) {
    return TracePoint.newBuilder()
        .setTime(Duration.newBuilder().setSeconds(second))
        .setRate(rate)
        .setServiceTime(Duration.newBuilder().setNanos(100_000_000))
        .build();
  }

  private static SimulateScalerRequest.Builder request() {
    return SimulateScalerRequest.newBuilder()
        .setSpec(
            ScalerSpec.newBuilder()
                .setPool("web")
                .setMax(40)
                .setTargets(ScaleTargets.newBuilder().setInFlight(6)));
  }

  @Test
  void aLoadThatDoublesIsMetAndWhatThatCostsIsTold() {
    Answer<SimulateScalerResponse> answer =
        trial.run(
            request().addTrace(at(0, 400)).addTrace(at(300, 800)).addTrace(at(900, 800)).build());
    assertThat(answer)
        .isInstanceOfSatisfying(
            Answer.Done.class,
            done -> {
              SimulateScalerResponse response = (SimulateScalerResponse) done.value();
              assertThat(response.getPointsList().getFirst().getEndpoints()).isEqualTo(8);
              assertThat(response.getPointsList().getLast().getEndpoints()).isBetween(13, 18);
              assertThat(response.getViolationSeconds()).isBetween(20.0, 60.0);
              assertThat(response.getEndpointSeconds()).isBetween(9_000.0, 17_000.0);
              assertThat(response.getPointsList())
                  .anySatisfy(
                      point -> assertThat(point.getReason()).contains("requests under way"));
            });
  }

  @Test
  void aTraceThatGoesBackIsRefused() {
    Answer<SimulateScalerResponse> answer =
        trial.run(request().addTrace(at(10, 1)).addTrace(at(5, 1)).build());
    assertThat(answer)
        .isEqualTo(
            Answer.refused(
                new Answer.Refusal.Malformed(
                    "point 2 of the trace must be at a later second than the one before, and within"
                        + " 7 days")));
  }
}
