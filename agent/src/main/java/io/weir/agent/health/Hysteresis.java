package io.weir.agent.health;

import io.weir.agent.health.Standing.Healthy;
import io.weir.agent.health.Standing.Unhealthy;
import io.weir.agent.health.Standing.Unknown;

/**
 * Rise and fall, as in HAProxy: {@code fall} failures in a row make an endpoint unhealthy and
 * {@code rise} successes in a row make it healthy again. An endpoint of which nothing is known
 * becomes healthy at its first success (as in Envoy: there is no failure to recover from) but needs
 * the full {@code fall} to become unhealthy, because it is given traffic meanwhile and one lost
 * probe must not empty a pool that has just been declared.
 *
 * @param rise 1 to 100
 * @param fall 1 to 100
 */
public record Hysteresis(int rise, int fall) {
  public Hysteresis {
    if (rise < 1 || fall < 1) {
      throw new IllegalArgumentException("rise and fall are at least 1: " + rise + ", " + fall);
    }
  }

  /** The standing after one more probe. */
  public Standing next(Standing now, boolean success) {
    return switch (now) {
      case Unknown _ when success -> new Healthy(0);
      case Unknown u -> u.failures() + 1 >= fall ? new Unhealthy(0) : new Unknown(u.failures() + 1);
      case Healthy _ when success -> new Healthy(0);
      case Healthy h -> h.failures() + 1 >= fall ? new Unhealthy(0) : new Healthy(h.failures() + 1);
      case Unhealthy u when success ->
          u.successes() + 1 >= rise ? new Healthy(0) : new Unhealthy(u.successes() + 1);
      case Unhealthy _ -> new Unhealthy(0);
    };
  }
}
