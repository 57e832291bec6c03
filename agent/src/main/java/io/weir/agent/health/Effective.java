package io.weir.agent.health;

import io.weir.agent.model.Health;

/**
 * What this agent's picks go by, and why.
 *
 * @param basis what decided
 * @param reason one sentence or less; may be empty unless unhealthy
 * @param belowFloor takes no traffic while any endpoint at or above its pool's floor can
 */
public record Effective(
    Target target, Health health, Basis basis, String reason, boolean belowFloor) {

  /** In falling order of precedence. */
  public enum Basis {
    /** The operator says so. */
    FORCED,
    /** The agent's own probes. */
    OWN_PROBES,
    /** What the controller concluded for the fleet. */
    VERDICT,
    /** What the agents hold, while there is no controller to ask. */
    PEERS,
    /** Nothing is known. */
    NO_EVIDENCE
  }
}
