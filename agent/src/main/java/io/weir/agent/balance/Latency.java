package io.weir.agent.balance;

/**
 * How long an endpoint takes: an exponentially weighted moving average over time (as peak EWMA has
 * it in Finagle), which fades while nothing is heard, so that an endpoint that was slow is asked
 * again.
 */
final class Latency {
  /** Time constant of the average, ns. */
  static final double TAU = 1e9;

  /** Below, latencies do not differ and only the number of requests under way counts; ns. */
  static final double LEAST = 1e3;

  private Latency() {}

  /** What an average is worth after {@code nanos}: about exp(-nanos / TAU). */
  static double decay(long nanos) {
    if (nanos <= 0) {
      return 1;
    }
    // exp(-x) as the limit of (1 - x/n)^n, within 1 % up to x = 1; quicker than Math.exp.
    double base = 1 - nanos * (1 / (64 * TAU));
    if (base <= 0) {
      return 0;
    }
    double power = base * base;
    power *= power;
    power *= power;
    power *= power;
    power *= power;
    return power * power;
  }

  /**
   * What the failure after {@code nanos} of an endpoint counts as, where answers take {@code
   * usual}.
   */
  static double penalty(double nanos, double usual) {
    return Math.max(nanos, Math.max(TAU, 4 * usual));
  }
}
