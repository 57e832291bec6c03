package io.weir.agent.model;

import java.time.Duration;
import java.util.Optional;

/**
 * Which endpoints of a pool are offered to its balancing policy, and how much of their weight.
 *
 * @param sticky clients come back to the endpoint they had
 * @param overprovisioning percent, 100 or more: how much of its load a priority is taken to carry
 *     above its part of usable endpoints, before the next priority gets some
 * @param panic percent, 0 to 100: with fewer endpoints usable, health is not believed; 0: always
 *     believed
 * @param preferZone endpoints of the agent's zone first
 * @param subset how many endpoints of each priority one agent uses; 0: all
 */
public record Steering(
    Optional<Sticky> sticky,
    int overprovisioning,
    int panic,
    boolean preferZone,
    Optional<SlowStart> slowStart,
    int subset) {
  public static final Steering USUAL =
      new Steering(Optional.empty(), 140, 50, false, Optional.empty(), 0);

  /**
   * @param cookie its name
   * @param maxAge empty: until the browser ends
   */
  public record Sticky(String cookie, Optional<Duration> maxAge) {}

  /**
   * The weight of an endpoint that comes or comes back grows from a tenth to the whole.
   *
   * @param window how long that takes
   * @param aggression 1: in a straight line; above 1: faster at first
   */
  public record SlowStart(Duration window, double aggression) {}
}
