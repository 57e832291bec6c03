package io.weir.controller.scaling;

import java.time.Instant;
import java.util.List;

/**
 * What is known of a pool at a moment, of all agents together. What an agent has not told lately is
 * not in it, but lowers {@code coverage}.
 *
 * @param atNanos monotonic
 * @param wallClock for schedules, and for what is remembered from one controller to the next
 * @param endpoints all that count towards the number that is asked for: usable, starting, and those
 *     that are there but cannot serve; not those that end
 * @param usable those of them that can serve
 * @param starting those of them that have never served
 * @param ending those that are drained and ended
 * @param inFlight requests under way at endpoints
 * @param queued requests that wait for an endpoint
 * @param rate requests that end in a second, failed ones too
 * @param failures those of them that failed
 * @param retries attempts a second that were not a request's first
 * @param latencies of what was answered since the last sample
 * @param coverage share of the agents with the pool's requests that have reported lately, 0 to 1
 * @param storeAgrees what is declared and decided is as this controller has written it
 * @param failedStarts instances that never became healthy, in a row
 * @param perEndpoint of the usable ones; may be empty, when nothing is said of single endpoints
 */
public record Sample(
    long atNanos,
    Instant wallClock,
    int endpoints,
    int usable,
    int starting,
    int ending,
    double inFlight,
    double queued,
    double rate,
    double failures,
    double retries,
    Latencies latencies,
    double coverage,
    boolean storeAgrees,
    int failedStarts,
    List<PerEndpoint> perEndpoint) {
  public Sample {
    perEndpoint = List.copyOf(perEndpoint);
    inFlight = sane(inFlight);
    queued = sane(queued);
    rate = sane(rate);
    failures = sane(failures);
    retries = sane(retries);
    coverage = Math.min(1, sane(coverage));
  }

  /** What cannot be counts as nothing. */
  private static double sane(double value) {
    return Double.isFinite(value) && value > 0 ? value : 0;
  }
}
