package io.weir.agent.report;

import com.google.protobuf.Timestamp;
import io.weir.agent.health.Observation;
import io.weir.v1.Health;
import java.time.Instant;

/** To the wire. Pure. */
final class ObservationMessages {
  private ObservationMessages() {}

  static io.weir.v1.Observation of(Observation observation) {
    return io.weir.v1.Observation.newBuilder()
        .setPool(observation.pool())
        .setEndpoint(observation.endpoint())
        .setHealth(
            switch (observation.health()) {
              case UNKNOWN -> Health.HEALTH_UNKNOWN;
              case HEALTHY -> Health.HEALTH_HEALTHY;
              case UNHEALTHY -> Health.HEALTH_UNHEALTHY;
            })
        .setSince(timestamp(observation.since()))
        .setReason(observation.reason())
        .build();
  }

  private static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }
}
