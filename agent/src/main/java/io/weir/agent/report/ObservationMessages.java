package io.weir.agent.report;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.weir.agent.health.Observation;
import io.weir.v1.Health;
import java.time.Instant;

/** To the wire. Pure. */
public final class ObservationMessages {
  private ObservationMessages() {}

  /**
   * @param nanos now by the clock of the observation
   * @param now the same by that of the wall
   */
  public static io.weir.v1.Observation of(Observation observation, long nanos, Instant now) {
    io.weir.v1.Observation.Builder message =
        io.weir.v1.Observation.newBuilder()
            .setPool(observation.pool())
            .setEndpoint(observation.endpoint())
            .setHealth(
                switch (observation.health()) {
                  case UNKNOWN -> Health.HEALTH_UNKNOWN;
                  case HEALTHY -> Health.HEALTH_HEALTHY;
                  case UNHEALTHY -> Health.HEALTH_UNHEALTHY;
                })
            .setSince(timestamp(now.minusNanos(nanos - observation.since())))
            .setReason(observation.reason())
            .setFailures(observation.failures())
            .setSuccesses(observation.successes())
            .setOutlier(observation.outlier());
    observation.probed().ifPresent(began -> message.setProbed(duration(nanos - began)));
    return message.build();
  }

  static Duration duration(long nanos) {
    return Duration.newBuilder()
        .setSeconds(nanos / 1_000_000_000)
        .setNanos((int) (nanos % 1_000_000_000))
        .build();
  }

  private static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }
}
