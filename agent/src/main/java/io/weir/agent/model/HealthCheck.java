package io.weir.agent.model;

import java.time.Duration;

/**
 * How to probe an endpoint; see weir.v1.HealthCheck for units and ranges.
 *
 * @param downInterval instead of {@code interval} while the endpoint is unhealthy
 * @param jitter percent of the interval by which each probe is late at random, 0 to 50
 */
public record HealthCheck(
    Probe probe,
    Duration interval,
    Duration timeout,
    int rise,
    int fall,
    Duration downInterval,
    int jitter) {
  /** Without jitter, and at the same interval while the endpoint is unhealthy. */
  public HealthCheck(Probe probe, Duration interval, Duration timeout, int rise, int fall) {
    this(probe, interval, timeout, rise, fall, interval, 0);
  }

  public sealed interface Probe {
    /** {@code host} empty: the endpoint's address. */
    record Http(String path, String host) implements Probe {}

    record Tcp() implements Probe {}
  }
}
