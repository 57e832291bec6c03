package io.weir.controller.instances;

import java.util.Map;

/**
 * One agent that may send a pool's requests, as scale-in has to see it.
 *
 * @param seen the revision of the store as of which it runs what it should; only of one that is
 *     {@link Standing#CURRENT}
 * @param reported when its last report of load came, monotonic, ns; {@link Long#MIN_VALUE}: none
 *     did
 * @param inFlight requests under way, by address; what is not in it has none
 */
public record AgentView(
    String name, Standing standing, long seen, long reported, Map<String, Long> inFlight) {
  public AgentView {
    inFlight = Map.copyOf(inFlight);
  }

  /** How far it follows. */
  public enum Standing {
    /** Connected, and runs what it should. */
    CURRENT,
    /** Connected, and has not answered yet, or refused. */
    BEHIND,
    /** Not connected, and not known to be dead: it may well be sending requests. */
    AWAY,
    /** Dead to its peers, or it left. */
    GONE
  }

  long inFlightAt(String address) {
    return inFlight.getOrDefault(address, 0L);
  }
}
