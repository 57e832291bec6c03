package io.weir.agent.balance;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** The {@link EndpointState} of every endpoint of every pool that this agent runs. Thread-safe. */
public final class EndpointStates {
  private final Map<Key, EndpointState> states = new ConcurrentHashMap<>();

  /** By pool: one for all of its endpoints. */
  private final Map<String, AtomicLong> changes = new ConcurrentHashMap<>();

  private final Map<String, PoolLoad> loads = new ConcurrentHashMap<>();

  private volatile Failures failures = (_, _, _, _) -> {};

  /** {@code address} as declared in the pool. */
  public record Key(String pool, String address) {}

  /** Told of gateway errors, on the event loop where they happened. */
  public interface Failures {
    /**
     * @param inARow with this one, on all event loops together
     * @param unanswered the endpoint gave no answer, or not all of it
     * @param now as of the ticket's end, ns
     */
    void failed(Key key, int inARow, boolean unanswered, long now);
  }

  /** From now on tells {@code failures} and nobody else. */
  public void tell(Failures to) {
    failures = to;
  }

  /** The same object for the same key until {@link #retain} forgets it. */
  public EndpointState of(Key key) {
    EndpointState known = states.get(key);
    if (known != null) {
      return known;
    }
    AtomicLong pool = changes.computeIfAbsent(key.pool(), _ -> new AtomicLong());
    return states.computeIfAbsent(
        key,
        _ ->
            new EndpointState(
                pool, (inARow, unanswered, now) -> failures.failed(key, inARow, unanswered, now)));
  }

  /** Of all of a pool's endpoints together; the same object as long as the pool has any. */
  PoolLoad load(String pool) {
    return loads.computeIfAbsent(pool, _ -> new PoolLoad());
  }

  /** Forgets every endpoint that is not in {@code keys}. */
  public void retain(Set<Key> keys) {
    retain(keys, keys.stream().map(Key::pool).collect(Collectors.toSet()));
  }

  /**
   * The same.
   *
   * @param pools that there are, with endpoints or without
   */
  public void retain(Set<Key> keys, Set<String> pools) {
    states.keySet().retainAll(keys);
    changes.keySet().retainAll(states.keySet().stream().map(Key::pool).collect(Collectors.toSet()));
    loads.keySet().retainAll(pools);
  }

  /** By pool. */
  public Map<String, PoolLoad> loads() {
    return Map.copyOf(loads);
  }

  public Map<Key, EndpointState> all() {
    return Map.copyOf(states);
  }
}
