package io.weir.agent.model;

import java.util.List;
import java.util.Map;

/**
 * All config of one agent at one revision. Every pool that a route names is in {@code pools}.
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
      for (RouteRule rule : listener.routes()) {
        if (!pools.containsKey(rule.pool())) {
          throw new IllegalArgumentException(
              "listener " + listener.name() + " routes to unknown pool " + rule.pool());
        }
      }
    }
  }
}
