package io.weir.controller.model;

import static io.weir.controller.model.Durations.millis;
import static io.weir.controller.model.Durations.minutes;
import static io.weir.controller.model.Durations.seconds;

import io.weir.v1.ErrorRateOutlier;
import io.weir.v1.LatencyOutlier;
import io.weir.v1.Outliers;
import java.math.BigInteger;

/**
 * When requests take an endpoint of a pool out; the ranges are those that resources.proto names.
 */
final class OutlierRules {
  private static final int MAX_IN_A_ROW = 1_000;
  private static final int MAX_COUNT = 1_000_000;
  private static final long DEFAULT_TIME = seconds(30);

  private OutlierRules() {}

  static void check(Outliers spec, Problems.On on) {
    if (spec.hasGatewayErrors()) {
      on.range("outliers.gateway_errors", spec.getGatewayErrors(), 0, MAX_IN_A_ROW);
    }
    if (spec.hasMaxPercent()) {
      on.range("outliers.max_percent", spec.getMaxPercent(), 0, 100);
    }
    if (spec.hasInterval()) {
      Durations.range(on, "outliers.interval", spec.getInterval(), millis(100), minutes(60));
    }
    if (spec.hasTime()) {
      Durations.range(on, "outliers.time", spec.getTime(), millis(100), minutes(60));
    }
    if (spec.hasMaxTime()) {
      maxTime(spec, on);
    }
    if (spec.hasErrorRate()) {
      errorRate(spec.getErrorRate(), on);
    }
    if (spec.hasLatency()) {
      latency(spec.getLatency(), on);
    }
  }

  private static void maxTime(Outliers spec, Problems.On on) {
    Durations.range(on, "outliers.max_time", spec.getMaxTime(), millis(100), minutes(24 * 60));
    BigInteger most = Durations.nanos(spec.getMaxTime());
    BigInteger time =
        spec.hasTime() ? Durations.nanos(spec.getTime()) : BigInteger.valueOf(DEFAULT_TIME);
    if (most.compareTo(time) < 0) {
      on.add(
          "outliers.max_time",
          "must not be below time (%s%s), is %s"
              .formatted(
                  Durations.text(time),
                  spec.hasTime() ? "" : ", the default",
                  Durations.text(most)));
    }
  }

  private static void errorRate(ErrorRateOutlier spec, Problems.On on) {
    String at = "outliers.error_rate.";
    if (spec.hasDeviations()) {
      factor(at + "deviations", spec.getDeviations(), 0.1, on);
    }
    if (spec.hasLeastDifference()) {
      on.range(at + "least_difference", spec.getLeastDifference(), 0, 100);
    }
    count(at + "min_endpoints", spec.getMinEndpoints(), 2, on);
    count(at + "min_requests", spec.getMinRequests(), 1, on);
  }

  private static void latency(LatencyOutlier spec, Problems.On on) {
    String at = "outliers.latency.";
    if (spec.hasFactor()) {
      factor(at + "factor", spec.getFactor(), 1.1, on);
    }
    if (spec.hasLeastDifference()) {
      Durations.range(on, at + "least_difference", spec.getLeastDifference(), 0, minutes(1));
    }
    count(at + "min_endpoints", spec.getMinEndpoints(), 2, on);
    count(at + "min_requests", spec.getMinRequests(), 1, on);
  }

  private static void factor(String field, double value, double least, Problems.On on) {
    if (!(value >= least && value <= 100)) {
      on.add(field, "must be " + least + " to 100, is " + value);
    }
  }

  /** 0 is unset. */
  private static void count(String field, int value, int least, Problems.On on) {
    if (value != 0) {
      on.range(field, value, least, MAX_COUNT);
    }
  }
}
