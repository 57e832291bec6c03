package io.weir.agent.health;

import io.weir.agent.model.Health;

/**
 * Where an endpoint stands, with the run of contrary probe outcomes that may end it. Each variant
 * counts only what can take it elsewhere, so an outcome that agrees with the standing resets it.
 */
public sealed interface Standing {
  /** No verdict yet; {@code failures} in a row so far. */
  record Unknown(int failures) implements Standing {}

  /** {@code failures} in a row since the last success. */
  record Healthy(int failures) implements Standing {}

  /** {@code successes} in a row since the last failure. */
  record Unhealthy(int successes) implements Standing {}

  /** Nothing seen yet. */
  static Standing unknown() {
    return new Unknown(0);
  }

  /** The same verdict with an empty run, as when another check takes over. */
  default Standing restarted() {
    return switch (this) {
      case Unknown _ -> new Unknown(0);
      case Healthy _ -> new Healthy(0);
      case Unhealthy _ -> new Unhealthy(0);
    };
  }

  default Health health() {
    return switch (this) {
      case Unknown _ -> Health.UNKNOWN;
      case Healthy _ -> Health.HEALTHY;
      case Unhealthy _ -> Health.UNHEALTHY;
    };
  }
}
