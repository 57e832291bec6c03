package io.weir.agent.metrics;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one event loop did, by endpoint and by listener; or several loops together. Ask for an
 * endpoint's or listener's part once and keep it. Confined to one thread.
 */
public final class LoopMetrics {
  /** An endpoint is counted apart in every pool it is in. */
  public record EndpointKey(String pool, String endpoint) implements Comparable<EndpointKey> {
    @Override
    public int compareTo(EndpointKey other) {
      int byPool = pool.compareTo(other.pool);
      return byPool == 0 ? endpoint.compareTo(other.endpoint) : byPool;
    }
  }

  private final Map<EndpointKey, EndpointMetrics> endpoints = new TreeMap<>();
  private final Map<String, ListenerMetrics> listeners = new TreeMap<>();

  private final Map<Overflow, Long> overflows = new TreeMap<>();

  /**
   * What would have been too much for a pool.
   *
   * @param limit its name
   */
  public record Overflow(String pool, String limit) implements Comparable<Overflow> {
    @Override
    public int compareTo(Overflow other) {
      int byPool = pool.compareTo(other.pool);
      return byPool == 0 ? limit.compareTo(other.limit) : byPool;
    }
  }

  /** So far, of all loops together. */
  public void overflows(String pool, String limit, long count) {
    overflows.put(new Overflow(pool, limit), count);
  }

  /** In order of pool and limit. */
  public Map<Overflow, Long> overflows() {
    return overflows;
  }

  /** The part of one endpoint, made when it is asked for first. */
  public EndpointMetrics endpoint(String pool, String endpoint) {
    EndpointMetrics part =
        endpoints.computeIfAbsent(new EndpointKey(pool, endpoint), _ -> new EndpointMetrics());
    part.use();
    return part;
  }

  public ListenerMetrics listener(String name) {
    ListenerMetrics part = listeners.computeIfAbsent(name, _ -> new ListenerMetrics());
    part.use();
    return part;
  }

  /** As it is now, for another thread. What is retired and quiet is not in it, and forgotten. */
  public LoopMetrics copy() {
    endpoints.values().removeIf(EndpointMetrics::isGone);
    listeners.values().removeIf(ListenerMetrics::isGone);
    LoopMetrics copy = new LoopMetrics();
    endpoints.forEach((key, endpoint) -> copy.endpoints.put(key, endpoint.copy()));
    listeners.forEach((name, listener) -> copy.listeners.put(name, listener.copy()));
    return copy;
  }

  /** All of them together. */
  public static LoopMetrics sum(Collection<LoopMetrics> parts) {
    LoopMetrics sum = new LoopMetrics();
    for (LoopMetrics part : parts) {
      part.endpoints.forEach(
          (key, endpoint) -> sum.endpoint(key.pool(), key.endpoint()).add(endpoint));
      part.listeners.forEach((name, listener) -> sum.listener(name).add(listener));
    }
    return sum;
  }

  /** In order of pool and endpoint. */
  public Map<EndpointKey, EndpointMetrics> endpoints() {
    return endpoints;
  }

  /** In order of name. */
  public Map<String, ListenerMetrics> listeners() {
    return listeners;
  }
}
