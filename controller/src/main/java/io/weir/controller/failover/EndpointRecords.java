package io.weir.controller.failover;

import com.google.protobuf.Timestamp;
import io.weir.controller.health.Effect;
import io.weir.controller.health.Flaps;
import io.weir.controller.health.Settings;
import io.weir.controller.health.Verdict;
import io.weir.v1.EndpointRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;

/**
 * What is kept in the store of one endpoint, and how to read it again: on another clock, perhaps.
 */
final class EndpointRecords {
  private static final int MAX_REASON = 80;

  private EndpointRecords() {}

  /**
   * @param decision its number; 0: none
   * @param now of {@code judged}'s clock, when it is {@code wall}
   */
  static EndpointRecord of(Effect.Judged judged, long decision, long now, Instant wall) {
    EndpointRecord.Builder record =
        EndpointRecord.newBuilder()
            .setEndpoint(judged.target().endpoint())
            .setVerdict(judged.verdict().wire())
            .setDecision(decision)
            .setReason(shortened(judged.reason()))
            .addAllUnreachedBy(unreachedBy(judged.verdict()));
    Flaps flaps = judged.flaps();
    if (flaps.ejections() > 0) {
      record
          .setEjections(flaps.ejections())
          .setEjected(timestamp(wall.minusNanos(now - flaps.last())))
          .setHeldUntil(timestamp(wall.plusNanos(Math.max(0, flaps.heldUntil() - now))));
    }
    return record.build();
  }

  /** Agents. */
  static List<String> unreachedBy(Verdict verdict) {
    return verdict instanceof Verdict.Asymmetric asymmetric
        ? List.copyOf(asymmetric.agents())
        : List.of();
  }

  /** Thousands of these fit in one value of the store; the decision has all of it. */
  private static String shortened(String reason) {
    return reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON - 1) + "…";
  }

  static Verdict verdict(EndpointRecord endpoint) {
    return switch (endpoint.getVerdict()) {
      case VERDICT_UNHEALTHY -> new Verdict.Unhealthy();
      case VERDICT_ASYMMETRIC ->
          endpoint.getUnreachedByCount() == 0
              ? new Verdict.Healthy()
              : new Verdict.Asymmetric(new TreeSet<>(endpoint.getUnreachedByList()));
      case VERDICT_HEALTHY -> new Verdict.Healthy();
      case VERDICT_UNKNOWN, VERDICT_UNSPECIFIED, UNRECOGNIZED -> new Verdict.Unknown();
    };
  }

  static Flaps flaps(EndpointRecord endpoint, Settings settings, long now, Instant wall) {
    if (endpoint.getEjections() == 0) {
      return Flaps.NONE;
    }
    // A clock that jumped holds nothing down for longer than the most it could be.
    long ago = Math.max(0, Duration.between(instant(endpoint.getEjected()), wall).toNanos());
    long left = Duration.between(wall, instant(endpoint.getHeldUntil())).toNanos();
    return new Flaps(
        endpoint.getEjections(),
        now - Math.min(ago, settings.flapWindow() + 1),
        now + Math.clamp(left, 0L, settings.holdMost()));
  }

  static Timestamp timestamp(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }

  static Instant instant(Timestamp at) {
    return Instant.ofEpochSecond(at.getSeconds(), at.getNanos());
  }
}
