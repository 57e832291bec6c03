package io.weir.agent.model;

import java.util.List;
import java.util.Map;

/**
 * All config of one agent at one revision. Every pool that a listener needs is in {@code pools}.
 *
 * @param epoch identity of the controller's store; revisions compare within it
 * @param term of the leader that sent it
 */
public record Snapshot(
    String epoch, long term, long revision, List<Listener> listeners, Map<String, Pool> pools) {
  public Snapshot {
    listeners = List.copyOf(listeners);
    pools = Map.copyOf(pools);
    for (Listener listener : listeners) {
      for (String pool : listener.service().pools().toList()) {
        if (!pools.containsKey(pool)) {
          throw new IllegalArgumentException(
              "listener " + listener.name() + " needs the unknown pool " + pool);
        }
      }
    }
  }
}
