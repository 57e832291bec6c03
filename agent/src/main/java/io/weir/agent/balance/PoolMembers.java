package io.weir.agent.balance;

import io.weir.agent.model.Pool;
import java.util.List;

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

  public static PoolMembers of(Pool pool, EndpointStates states) {
    return new PoolMembers(
        pool,
        pool.endpoints().stream()
            .map(endpoint -> states.of(new EndpointStates.Key(pool.name(), endpoint.address())))
            .toList());
  }
}
