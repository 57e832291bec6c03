package io.weir.agent.balance;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The {@link EndpointState} of every endpoint of every pool that this agent runs. Thread-safe. */
public final class EndpointStates {
  private final Map<Key, EndpointState> states = new ConcurrentHashMap<>();

  /** {@code address} as declared in the pool. */
  public record Key(String pool, String address) {}

  /** The same object for the same key until {@link #retain} forgets it. */
  public EndpointState of(Key key) {
    return states.computeIfAbsent(key, k -> new EndpointState());
  }

  /** Forgets every endpoint that is not in {@code keys}. */
  public void retain(Set<Key> keys) {
    states.keySet().retainAll(keys);
  }

  public Map<Key, EndpointState> all() {
    return Map.copyOf(states);
  }
}
