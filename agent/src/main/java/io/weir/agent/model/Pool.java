package io.weir.agent.model;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A named set of endpoints, how to balance and probe them, with every default filled in. */
public record Pool(
    String name,
    List<Endpoint> endpoints,
    Balance balance,
    Optional<HealthCheck> health,
    Timeouts timeouts,
    int retries) {
  public Pool {
    endpoints = List.copyOf(endpoints);
  }

  /** How to choose among usable endpoints of the best priority. */
  public sealed interface Balance {
    record RoundRobin() implements Balance {}
  }

  /**
   * See weir.v1.Timeouts.
   *
   * @param request empty: no limit
   */
  public record Timeouts(
      Duration connect, Duration response, Duration idle, Optional<Duration> request) {
    /** With no limit to a whole request. */
    public Timeouts(Duration connect, Duration response, Duration idle) {
      this(connect, response, idle, Optional.empty());
    }
  }
}
