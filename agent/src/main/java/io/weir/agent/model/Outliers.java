package io.weir.agent.model;

import java.time.Duration;
import java.util.Optional;

/**
 * When requests themselves take an endpoint out, and for how long; see weir.v1.Outliers.
 *
 * @param gatewayErrors in a row; 0: not looked at
 * @param interval that rates and latencies are taken over
 * @param time of the first ejection; of the nth n times as long
 * @param maxTime of any
 * @param maxPercent of a pool's endpoints that are ejected at a time, or one; 0: none
 */
public record Outliers(
    int gatewayErrors,
    Optional<ErrorRate> errorRate,
    Optional<Latency> latency,
    Duration interval,
    Duration time,
    Duration maxTime,
    int maxPercent) {
  public static final Outliers USUAL =
      new Outliers(
          5,
          Optional.empty(),
          Optional.empty(),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(300),
          10);

  /**
   * @param deviations below the mean of the pool's success rates
   * @param leastDifference and at least as far below it, percentage points
   * @param minEndpoints that had enough requests
   * @param minRequests of an endpoint in an interval
   */
  public record ErrorRate(
      double deviations, int leastDifference, int minEndpoints, int minRequests) {}

  /**
   * @param factor of the pool's median
   * @param leastDifference and at least as far above it
   * @param minEndpoints that had enough answers
   * @param minRequests answers of an endpoint in an interval
   */
  public record Latency(
      double factor, Duration leastDifference, int minEndpoints, int minRequests) {}
}
