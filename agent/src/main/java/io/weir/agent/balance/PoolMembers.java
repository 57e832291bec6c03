package io.weir.agent.balance;

import io.weir.agent.model.Pool;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A pool with the shared states of its endpoints, in the pool's order: what balancers of all event
 * loops are made from.
 */
public record PoolMembers(Pool pool, List<EndpointState> states) {
  public PoolMembers {
    states = List.copyOf(states);
    if (states.size() != pool.endpoints().size()) {
      throw new IllegalArgumentException("a state for each endpoint of " + pool.name());
    }
  }

  /** Counts changes of what the states say. */
  AtomicLong changes() {
    return states.isEmpty() ? new AtomicLong() : states.getFirst().changes();
  }

  public static PoolMembers of(Pool pool, EndpointStates states) {
    return new PoolMembers(
        pool,
        pool.endpoints().stream()
            .map(endpoint -> states.of(new EndpointStates.Key(pool.name(), endpoint.address())))
            .toList());
  }
}
