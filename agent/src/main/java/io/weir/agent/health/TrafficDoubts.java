package io.weir.agent.health;

/** Wants to know of endpoints that requests speak against, to look for itself. */
public interface TrafficDoubts {
  /** Nobody does. */
  TrafficDoubts IGNORED = (_, _) -> {};

  /**
   * A request got no answer from an endpoint that counted as usable, or the endpoint was ejected or
   * would have been. At most once a second for one endpoint, and at every ejection. Any thread, an
   * event loop mostly: returns at once.
   *
   * @param endpoint address as declared in the pool
   */
  void doubt(String pool, String endpoint);
}
