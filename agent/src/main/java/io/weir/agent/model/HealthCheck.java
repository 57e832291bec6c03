package io.weir.agent.model;

import java.time.Duration;

/** How to probe an endpoint; see weir.v1.HealthCheck for units and ranges. */
public record HealthCheck(Probe probe, Duration interval, Duration timeout, int rise, int fall) {
  public sealed interface Probe {
    /** {@code host} empty: the endpoint's address. */
    record Http(String path, String host) implements Probe {}

    record Tcp() implements Probe {}
  }
}
