package io.weir.agent.health;

import java.time.Duration;
import java.util.Locale;

/**
 * An agent keeps its own traffic from an endpoint for a while because of how that traffic fared.
 *
 * @param endpoint address as declared in the pool
 * @param times in short succession, this one included, from 1
 * @param length from when it began
 */
public record Ejection(String pool, String endpoint, Cause cause, int times, Duration length) {
  private static final double MILLI = 1e6;

  /** With its numbers. */
  public sealed interface Cause {
    /** One word, for metrics. */
    default String word() {
      return switch (this) {
        case GatewayErrors _ -> "gateway_errors";
        case ErrorRate _ -> "error_rate";
        case Latency _ -> "latency";
      };
    }

    /** In a clause. */
    default String text() {
      return switch (this) {
        case GatewayErrors(int inARow) -> inARow + " gateway errors in a row";
        case ErrorRate c ->
            String.format(
                Locale.ROOT,
                "%d of %d requests failed; its success rate of %.2f %% is below %.2f %%"
                    + " (mean of the pool %.2f %%, deviation %.2f)",
                c.errors,
                c.requests,
                c.successRate,
                c.threshold,
                c.mean,
                c.deviation);
        case Latency c ->
            String.format(
                Locale.ROOT,
                "its mean of %.1f ms over %d answers is above %.1f ms (median of the pool %.1f ms)",
                c.mean / MILLI,
                c.answers,
                c.threshold / MILLI,
                c.median / MILLI);
      };
    }
  }

  public record GatewayErrors(int inARow) implements Cause {}

  /**
   * @param successRate of the endpoint, percent, as all that follow
   * @param threshold that it is below
   * @param mean of the endpoints' success rates
   * @param deviation of the endpoints' success rates, standard
   */
  public record ErrorRate(
      long requests,
      long errors,
      double successRate,
      double threshold,
      double mean,
      double deviation)
      implements Cause {}

  /**
   * @param mean until an answer of the endpoint begins, ns, as all that follow
   * @param threshold that it is above
   * @param median of the endpoints' means
   */
  public record Latency(long answers, double mean, double threshold, double median)
      implements Cause {}
}
