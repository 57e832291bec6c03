package io.weir.agent.control;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;

import io.weir.agent.model.Outliers;
import java.time.Duration;
import java.util.Optional;

/** When requests take an endpoint of a pool out, with every default filled in. Pure. */
final class OutliersCompiler {
  private static final int MAX = 1_000_000;

  private final Refusals refusals;

  OutliersCompiler(Refusals refusals) {
    this.refusals = refusals;
  }

  Outliers compile(io.weir.v1.Outliers spec) {
    Outliers usual = Outliers.USUAL;
    Duration time =
        refusals.range(
            "outliers.time",
            spec.hasTime(),
            spec.getTime(),
            usual.time(),
            ofMillis(100),
            ofHours(1));
    Duration unset = usual.maxTime().compareTo(time) > 0 ? usual.maxTime() : time;
    Duration maxTime =
        refusals.range(
            "outliers.max_time",
            spec.hasMaxTime(),
            spec.getMaxTime(),
            unset,
            ofMillis(100),
            ofHours(24));
    if (maxTime.compareTo(time) < 0) {
      refusals.add(
          "outliers.max_time",
          "is %s; it must not be below the time, which is %s"
              .formatted(Refusals.text(maxTime), Refusals.text(time)));
    }
    return new Outliers(
        spec.hasGatewayErrors()
            ? refusals.range("outliers.gateway_errors", spec.getGatewayErrors(), 0, 1_000)
            : usual.gatewayErrors(),
        spec.hasErrorRate() ? Optional.of(errorRate(spec.getErrorRate())) : Optional.empty(),
        spec.hasLatency() ? Optional.of(latency(spec.getLatency())) : Optional.empty(),
        refusals.range(
            "outliers.interval",
            spec.hasInterval(),
            spec.getInterval(),
            usual.interval(),
            ofMillis(100),
            ofHours(1)),
        time,
        maxTime,
        spec.hasMaxPercent()
            ? refusals.range("outliers.max_percent", spec.getMaxPercent(), 0, 100)
            : usual.maxPercent());
  }

  private Outliers.ErrorRate errorRate(io.weir.v1.ErrorRateOutlier spec) {
    String at = "outliers.error_rate.";
    return new Outliers.ErrorRate(
        spec.hasDeviations() ? factor(at + "deviations", spec.getDeviations(), 0.1) : 1.5,
        spec.hasLeastDifference()
            ? refusals.range(at + "least_difference", spec.getLeastDifference(), 0, 100)
            : 5,
        count(at + "min_endpoints", spec.getMinEndpoints(), 2, 5),
        count(at + "min_requests", spec.getMinRequests(), 1, 100));
  }

  private Outliers.Latency latency(io.weir.v1.LatencyOutlier spec) {
    String at = "outliers.latency.";
    return new Outliers.Latency(
        spec.hasFactor() ? factor(at + "factor", spec.getFactor(), 1.1) : 3,
        refusals.range(
            at + "least_difference",
            spec.hasLeastDifference(),
            spec.getLeastDifference(),
            ofMillis(50),
            Duration.ZERO,
            ofMinutes(1)),
        count(at + "min_endpoints", spec.getMinEndpoints(), 2, 3),
        count(at + "min_requests", spec.getMinRequests(), 1, 100));
  }

  private double factor(String field, double value, double least) {
    if (!(value >= least && value <= 100)) {
      refusals.add(field, "is " + value + "; it must be from " + least + " to 100");
    }
    return value;
  }

  /** 0 is unset. */
  private int count(String field, int value, int least, int unset) {
    return value == 0 ? unset : refusals.range(field, value, least, MAX);
  }
}
