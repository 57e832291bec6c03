package io.weir.agent.control;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: exponential with full jitter (a uniform draw below a
 * bound that doubles; M. Brooker, "Exponential Backoff And Jitter", 2015), so that agents that lost
 * their controller together do not return together. For one thread.
 */
final class Backoff {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration MOST = Duration.ofSeconds(5);

  private final RandomGenerator random;
  private int failures;

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  /** From 0 to 100 ms the first time, to 5 s at most. */
  Duration next() {
    long bound = Math.min(FIRST.toNanos() << Math.min(failures, 20), MOST.toNanos());
    failures++;
    return Duration.ofNanos(random.nextLong(bound + 1));
  }

  /** The last attempt went well. */
  void reset() {
    failures = 0;
  }
}
