package io.weir.controller.instances;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What keeps one drained endpoint from being ended. An agent is done with it once it runs a
 * snapshot in which the endpoint is drained and has reported after that with nothing under way
 * there: from then on nothing can come. Agents that are away hold it up, those that are dead do
 * not. One thread at a time.
 */
final class Barrier {
  private final long revision;
  private final Map<String, Long> current = new HashMap<>();
  private final Set<String> done = new HashSet<>();

  /**
   * @param revision of the store, at which it was drained
   */
  Barrier(long revision) {
    this.revision = revision;
  }

  /**
   * Why it waits, by what.
   *
   * @param inFlight requests that were under way by the last reports
   * @param waiting agents that have not said that nothing is
   */
  record Look(long inFlight, List<String> waiting) {
    Look {
      waiting = List.copyOf(waiting);
    }

    boolean isClear() {
      return waiting.isEmpty();
    }
  }

  /**
   * @param address of the endpoint; empty: it has none, and gets nothing
   * @param now monotonic, ns
   */
  Look look(String address, Collection<AgentView> agents, long now) {
    long inFlight = 0;
    List<String> waiting = new ArrayList<>();
    if (address.isEmpty()) {
      return new Look(0, waiting);
    }
    for (AgentView agent : agents) {
      if (done.contains(agent.name()) || agent.standing() == AgentView.Standing.GONE) {
        continue;
      }
      long under = agent.inFlightAt(address);
      if (agent.standing() == AgentView.Standing.CURRENT && agent.seen() >= revision) {
        long since = current.computeIfAbsent(agent.name(), _ -> now);
        if (agent.reported() > since && under == 0) {
          done.add(agent.name());
          continue;
        }
      }
      inFlight += under;
      waiting.add(agent.name());
    }
    return new Look(inFlight, waiting);
  }
}
