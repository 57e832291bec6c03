package io.weir.agent.health;

import java.util.Map;

/**
 * What the controller concluded, as weir.v1.Verdicts.
 *
 * @param version growing within a term
 * @param complete what is not listed is as if nothing had ever been concluded of it
 * @param floors by pool: endpoints of lower priority numbers take no traffic while others can
 */
public record Conclusions(
    long term,
    long version,
    boolean complete,
    Map<Target, Conclusion> endpoints,
    Map<String, Integer> floors) {
  public Conclusions {
    endpoints = Map.copyOf(endpoints);
    floors = Map.copyOf(floors);
  }

  /**
   * @param decision its number; 0: none was needed
   */
  public record Conclusion(Verdict verdict, long decision, String reason) {
    static final Conclusion NONE = new Conclusion(Verdict.UNKNOWN, 0, "");
  }

  /** See weir.v1.Verdict. */
  public enum Verdict {
    UNKNOWN,
    HEALTHY,
    UNHEALTHY,
    ASYMMETRIC
  }
}
