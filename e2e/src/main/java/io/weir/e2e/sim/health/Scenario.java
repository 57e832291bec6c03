package io.weir.e2e.sim.health;

import java.time.Duration;

/**
 * What both contenders go through.
 *
 * @param loss of each packet, 0 to 1
 * @param fall failures in a row that make an endpoint unhealthy
 * @param rise successes in a row that make it healthy again
 * @param deaths how many endpoints die, at times spread over the length
 * @param downFor how long each of them stays dead
 */
public record Scenario(
    int agents,
    int endpoints,
    Duration interval,
    Duration timeout,
    double loss,
    int fall,
    int rise,
    Duration length,
    int deaths,
    Duration downFor,
    long seed) {
  /** A thousand endpoints, twenty agents, one packet of a hundred lost. */
  public static Scenario large(Duration length, long seed) {
    return new Scenario(
        20,
        1_000,
        Duration.ofSeconds(1),
        Duration.ofMillis(200),
        0.01,
        3,
        2,
        length,
        (int) length.toSeconds(),
        Duration.ofSeconds(20),
        seed);
  }

  /** The same fleet, and nobody dies. */
  public Scenario withoutDeaths() {
    return new Scenario(
        agents, endpoints, interval, timeout, loss, fall, rise, length, 0, downFor, seed);
  }
}
