package io.weir.agent.balance;

import io.weir.agent.health.Ejection;

/** Why an endpoint was not for a pick to take. */
public sealed interface Exclusion {
  /** Its weight is 0. */
  record NoWeight() implements Exclusion {}

  record Drained() implements Exclusion {}

  /**
   * @param why who says so and why; may be empty
   */
  record Unhealthy(String why) implements Exclusion {}

  /** Its priority is below where the pool's traffic is after a failover. */
  record BelowFloor() implements Exclusion {}

  /** Of how requests fared there. */
  record Ejected(Ejection ejection) implements Exclusion {}

  /** The request has been there. */
  record Tried() implements Exclusion {}

  /** Its priority's turn it was not. */
  record OtherPriority(int picked) implements Exclusion {}

  /** Endpoints of the agent's zone took this one, or those of other zones did. */
  record OtherZone() implements Exclusion {}

  /** Other agents use it. */
  record NotInSubset() implements Exclusion {}

  /** It had its part of the load, and more of this key's would be beyond the bound. */
  record OverBound() implements Exclusion {}
}
