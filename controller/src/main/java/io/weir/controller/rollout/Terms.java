package io.weir.controller.rollout;

import io.weir.v1.ErrorGate;
import io.weir.v1.LatencyGate;
import io.weir.v1.RolloutGates;
import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutStep;
import java.time.Duration;
import java.util.stream.Collectors;

/** A plan's numbers, with the defaults filled in. */
public final class Terms {
  private static final Duration BAKE = Duration.ofSeconds(30);
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private Terms() {}

  static Duration bake(RolloutStep step) {
    return step.hasBake() ? duration(step.getBake()) : BAKE;
  }

  /** "tier=front, zone=a". */
  static String labels(RolloutStep step) {
    return step.getAgentsMap().entrySet().stream()
        .map(label -> label.getKey() + "=" + label.getValue())
        .sorted()
        .collect(Collectors.joining(", "));
  }

  static Duration timeout(RolloutPlan plan) {
    return plan.hasTimeout() ? duration(plan.getTimeout()) : TIMEOUT;
  }

  static int lost(RolloutGates gates) {
    return gates.hasLost() ? gates.getLost() : Integer.MAX_VALUE;
  }

  /** In percentage points. */
  static double margin(ErrorGate gate) {
    return gate.getMargin() == 0 ? 1 : gate.getMargin();
  }

  static int least(ErrorGate gate) {
    return gate.getMinRequests() == 0 ? 20 : gate.getMinRequests();
  }

  static double factor(LatencyGate gate) {
    return gate.getFactor() == 0 ? 2 : gate.getFactor();
  }

  /** In microseconds. */
  static double margin(LatencyGate gate) {
    return gate.hasMargin() ? duration(gate.getMargin()).toNanos() / 1e3 : 50_000;
  }

  static int least(LatencyGate gate) {
    return gate.getMinRequests() == 0 ? 200 : gate.getMinRequests();
  }

  static Duration duration(com.google.protobuf.Duration wire) {
    return Duration.ofSeconds(wire.getSeconds(), wire.getNanos());
  }

  /** As operators write it: "1.5s", "2m". */
  static String text(Duration duration) {
    long seconds = duration.toSeconds();
    if (duration.toMillisPart() > 0 && seconds < 60) {
      return seconds == 0
          ? duration.toMillis() + " ms"
          : "%d.%d s".formatted(seconds, duration.toMillisPart() / 100);
    }
    return seconds >= 120 && seconds % 60 == 0 ? seconds / 60 + " min" : seconds + " s";
  }
}
