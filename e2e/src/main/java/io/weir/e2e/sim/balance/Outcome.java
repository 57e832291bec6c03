package io.weir.e2e.sim.balance;

/**
 * What became of the requests of one run. Durations in milliseconds, one that timed out counts with
 * the time its proxy waited.
 *
 * @param timedOut part of all requests, 0 to 1
 */
public record Outcome(
    long requests, double mean, double p50, double p99, double p999, double timedOut) {
  private static final double MILLI = 1e6;

  static Outcome of(Latencies latencies, long timedOut) {
    return new Outcome(
        latencies.count(),
        latencies.mean() / MILLI,
        latencies.quantile(0.5) / MILLI,
        latencies.quantile(0.99) / MILLI,
        latencies.quantile(0.999) / MILLI,
        (double) timedOut / Math.max(1, latencies.count()));
  }
}
