package io.weir.e2e.sim.health;

import java.util.random.RandomGenerator;

/**
 * What becomes of one probe: a TCP connection, a request and its answer. Four packets have to get
 * through (SYN, SYN-ACK, request, answer); the loss of one is made good by TCP only after a second
 * (RFC 6298, initial and, as good as, minimum time-out on a fresh connection), which is later than
 * the time-outs simulated here.
 */
final class ProbePath {
  private static final int PACKETS = 4;
  private static final long LEAST_ROUND_TRIP = 200_000;
  private static final long MEAN_MORE = 300_000;

  private final Deaths deaths;
  private final RandomGenerator random;
  private final double loss;
  private final long timeout;

  ProbePath(Scenario scenario, Deaths deaths, RandomGenerator random) {
    this.deaths = deaths;
    this.random = random;
    this.loss = 1 - Math.pow(1 - scenario.loss(), PACKETS);
    this.timeout = scenario.timeout().toNanos();
  }

  /**
   * @param took ns until the outcome is known
   */
  record Outcome(boolean passed, long took) {}

  Outcome probe(int endpoint, long now) {
    if (random.nextDouble() < loss) {
      return new Outcome(false, timeout);
    }
    long took = 2 * roundTrip();
    if (deaths.lives(endpoint, now)) {
      return new Outcome(true, took);
    }
    return new Outcome(false, deaths.refuses(endpoint, now) ? took / 2 : timeout);
  }

  private long roundTrip() {
    return LEAST_ROUND_TRIP + (long) (-Math.log(1 - random.nextDouble()) * MEAN_MORE);
  }
}
