package io.weir.agent.balance;

/**
 * What other agents have under way at an endpoint, as last heard from them.
 *
 * @param inFlight requests, summed over those agents, 0 or more
 * @param atNanos when that was so, by the clock that picks are given
 */
public record Peers(long inFlight, long atNanos) {
  /** Beyond this age, in ns, what was heard says nothing any more. */
  static final long STALE = 250_000_000L;

  static final Peers NONE = new Peers(0, 0);

  /** Requests; 0 when that is too old to go by. */
  long inFlight(long now) {
    return inFlight != 0 && now - atNanos <= STALE ? inFlight : 0;
  }
}
