package io.weir.agent.model;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A named set of endpoints, how to balance and probe them, with every default filled in. */
public record Pool(
    String name,
    List<Endpoint> endpoints,
    Balance balance,
    Steering steering,
    Optional<HealthCheck> health,
    Timeouts timeouts,
    int retries,
    Outliers outliers,
    Circuit circuit) {
  public Pool {
    endpoints = List.copyOf(endpoints);
  }

  /** With the usual outliers and circuit. */
  public Pool(
      String name,
      List<Endpoint> endpoints,
      Balance balance,
      Steering steering,
      Optional<HealthCheck> health,
      Timeouts timeouts,
      int retries) {
    this(
        name,
        endpoints,
        balance,
        steering,
        health,
        timeouts,
        retries,
        Outliers.USUAL,
        Circuit.USUAL);
  }

  /** Likewise, and with the usual steering. */
  public Pool(
      String name,
      List<Endpoint> endpoints,
      Balance balance,
      Optional<HealthCheck> health,
      Timeouts timeouts,
      int retries) {
    this(name, endpoints, balance, Steering.USUAL, health, timeouts, retries);
  }

  /** How to choose among the endpoints that {@link Steering} offers. */
  public sealed interface Balance {
    /** Weighted and smooth. */
    record RoundRobin() implements Balance {}

    /** Fewest requests under way for its weight. */
    record LeastConnections() implements Balance {}

    /** By weight and nothing else. */
    record Random() implements Balance {}

    /** The less loaded of two taken at random. */
    record PowerOfTwo() implements Balance {}

    /** The best of five taken at random by latency, age of the oldest request and load. */
    record LeastLatency() implements Balance {}

    /**
     * The same endpoint for the same key.
     *
     * @param boundPercent no endpoint has more than this part of its share of the load, above 100;
     *     0: no bound
     */
    record Hash(HashKey key, HashTable table, int boundPercent) implements Balance {}
  }

  /** What of a request is hashed. Connections and flows have no more than a client's address. */
  public sealed interface HashKey {
    /** The address that the connection comes from. */
    record ClientIp() implements HashKey {}

    /** The request's path, without a query. */
    record Path() implements HashKey {}

    /** Path and query. */
    record Url() implements HashKey {}

    /**
     * The value of the first field of that name.
     *
     * @param name in lower case
     */
    record Header(String name) implements HashKey {}

    record Cookie(String name) implements HashKey {}
  }

  /** How hashes are turned into endpoints. */
  public sealed interface HashTable {
    /** Points of the endpoints on a circle. */
    record Ring() implements HashTable {}

    /**
     * @param size a prime
     */
    record Maglev(int size) implements HashTable {}
  }

  /**
   * See weir.v1.Timeouts.
   *
   * @param request empty: no limit
   */
  public record Timeouts(
      Duration connect, Duration response, Duration idle, Optional<Duration> request) {
    /** With no limit to a whole request. */
    public Timeouts(Duration connect, Duration response, Duration idle) {
      this(connect, response, idle, Optional.empty());
    }
  }
}
