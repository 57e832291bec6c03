package io.weir.agent.balance;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Pool.Balance;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A pool with the shared states of its endpoints, in the pool's order, and the tables that picks
 * need: what balancers of all event loops are made from. Immutable but for the states.
 */
public final class PoolMembers {
  private final Pool pool;
  private final List<EndpointState> states;
  private final PoolLoad load;

  /** Of what is offered, by priority; empty unless keys are hashed. */
  private final Map<Integer, KeyTable> tables;

  /** By endpoint; empty unless clients stick. */
  private final long[] tokens;

  private PoolMembers(
      Pool pool, List<EndpointState> states, PoolLoad load, Map<Integer, KeyTable> tables) {
    this.pool = pool;
    this.states = states;
    this.load = load;
    this.tables = tables;
    tokens =
        pool.steering().sticky().isEmpty()
            ? new long[0]
            : pool.endpoints().stream()
                .mapToLong(endpoint -> Token.of(pool.name(), endpoint.address()))
                .toArray();
  }

  public static PoolMembers of(Pool pool, EndpointStates states) {
    return of(pool, states, null);
  }

  /**
   * Not for an event loop: tables take their time.
   *
   * @param before of the same pool; itself when nothing is different
   */
  public static PoolMembers of(Pool pool, EndpointStates states, @Nullable PoolMembers before) {
    List<EndpointState> own =
        pool.endpoints().stream()
            .map(endpoint -> states.of(new EndpointStates.Key(pool.name(), endpoint.address())))
            .toList();
    if (before != null && before.pool.equals(pool) && before.states.equals(own)) {
      return before;
    }
    boolean same =
        before != null
            && before.pool.endpoints().equals(pool.endpoints())
            && before.pool.balance().equals(pool.balance());
    return new PoolMembers(
        pool,
        own,
        states.load(pool.name()),
        same ? Objects.requireNonNull(before).tables : tables(pool));
  }

  private static Map<Integer, KeyTable> tables(Pool pool) {
    if (!(pool.balance() instanceof Balance.Hash hash)) {
      return Map.of();
    }
    Map<Integer, KeyTable> tables = new HashMap<>();
    List<Endpoint> endpoints = pool.endpoints();
    for (Endpoint endpoint : endpoints) {
      if (isOffered(endpoint) && !tables.containsKey(endpoint.priority())) {
        int[] level =
            IntStream.range(0, endpoints.size())
                .filter(i ->
                    isOffered(endpoints.get(i))
                        && endpoints.get(i).priority() == endpoint.priority())
                .toArray();
        tables.put(endpoint.priority(), KeyTable.of(hash.table(), endpoints, level));
      }
    }
    return tables;
  }

  /** Whether an operator lets it take requests. */
  static boolean isOffered(Endpoint endpoint) {
    return endpoint.weight() > 0
        && !endpoint.drain()
        && endpoint.forced().filter(health -> health == Health.UNHEALTHY).isEmpty();
  }

  /** Whether an operator holds it to be healthy, whatever probes and traffic say. */
  public static boolean isForcedHealthy(Endpoint endpoint) {
    return endpoint.forced().filter(health -> health == Health.HEALTHY).isPresent();
  }

  public Pool pool() {
    return pool;
  }

  /** In the order of the pool's endpoints. */
  public List<EndpointState> states() {
    return states;
  }

  /** What the agent has under way at the pool. */
  public PoolLoad load() {
    return load;
  }

  /** Counts changes of what the states say. */
  AtomicLong changes() {
    return states.isEmpty() ? new AtomicLong() : states.getFirst().changes();
  }

  /** Of a priority at which endpoints are offered. */
  KeyTable table(int priority) {
    return Objects.requireNonNull(tables.get(priority));
  }

  /** What a client's cookie says of the endpoint; 0: clients do not stick. */
  long token(int index) {
    return tokens.length == 0 ? 0 : tokens[index];
  }
}
