package io.weir.controller.instances;

import io.weir.controller.scaling.Latencies;
import io.weir.v1.EndpointLoad;
import io.weir.v1.LoadReport;
import io.weir.v1.PoolLoad;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What agents report of the pools that have scalers: their counters as rates, which a restart of an
 * agent does not upset, and their latencies since they were last asked for. {@code now} is
 * monotonic, in nanoseconds. One thread at a time.
 */
public final class Loads {
  /** A report that is older says nothing of now. */
  private static final long FRESH = Duration.ofSeconds(5).toNanos();

  private static final double SECOND = 1e9;

  private final Map<String, Part> parts = new HashMap<>();
  private final Map<String, SortedMap<Long, Long>> answered = new HashMap<>();

  /** What one agent says of the pools that are asked for. */
  private static final class Part {
    long at = Long.MIN_VALUE;
    Map<String, Map<String, Count>> endpoints = Map.of();
    Map<String, PoolLoad> pools = Map.of();
  }

  /** Of one endpoint: what is under way, the counters, and how fast these grow, per second. */
  private record Count(
      long inFlight,
      long requests,
      long failures,
      long retries,
      double rate,
      double failed,
      double retried) {
    static Count of(EndpointLoad load, @Nullable Count before, double seconds) {
      double rate = 0;
      double failed = 0;
      double retried = 0;
      if (before != null && seconds > 0) {
        rate = grown(before.requests(), load.getRequests()) / seconds;
        failed = grown(before.failures(), load.getFailures()) / seconds;
        retried = grown(before.retries(), load.getRetries()) / seconds;
      }
      return new Count(
          Math.max(0, load.getInFlight()),
          load.getRequests(),
          load.getFailures(),
          load.getRetries(),
          rate,
          failed,
          retried);
    }
  }

  /** A counter that went back began anew. */
  private static long grown(long before, long now) {
    return Math.max(0, now >= before ? now - before : now);
  }

  /**
   * One endpoint, as all agents that reported lately see it.
   *
   * @param rate of answers, per second; likewise the others
   */
  public record Flow(double inFlight, double rate, double failures, double retries) {
    static final Flow NONE = new Flow(0, 0, 0, 0);

    private Flow plus(Count count) {
      return new Flow(
          inFlight + count.inFlight(),
          rate + count.rate(),
          failures + count.failed(),
          retries + count.retried());
    }
  }

  /**
   * @param pools that have scalers
   */
  public void report(String agent, LoadReport report, Collection<String> pools, long now) {
    Part before = parts.get(agent);
    Part next = new Part();
    next.at = now;
    double seconds = before == null || before.at == Long.MIN_VALUE ? 0 : (now - before.at) / SECOND;
    Map<String, Map<String, Count>> endpoints = new HashMap<>();
    for (EndpointLoad load : report.getEndpointsList()) {
      if (pools.contains(load.getPool())) {
        Count was =
            before == null
                ? null
                : before.endpoints.getOrDefault(load.getPool(), Map.of()).get(load.getEndpoint());
        endpoints
            .computeIfAbsent(load.getPool(), _ -> new HashMap<>())
            .put(load.getEndpoint(), Count.of(load, was, seconds));
      }
    }
    Map<String, PoolLoad> loads = new HashMap<>();
    for (PoolLoad load : report.getPoolsList()) {
      if (pools.contains(load.getPool())) {
        loads.put(load.getPool(), load);
        if (before != null) {
          add(before.pools.get(load.getPool()), load);
        }
      }
    }
    next.endpoints = endpoints;
    next.pools = loads;
    parts.put(agent, next);
    answered.keySet().retainAll(pools);
  }

  private void add(@Nullable PoolLoad before, PoolLoad now) {
    Map<Long, Long> then = before == null ? Map.of() : buckets(before);
    SortedMap<Long, Long> sum = answered.computeIfAbsent(now.getPool(), _ -> new TreeMap<>());
    buckets(now)
        .forEach((bound, count) ->
            sum.merge(bound, grown(then.getOrDefault(bound, 0L), count), Long::sum));
  }

  private static Map<Long, Long> buckets(PoolLoad load) {
    Map<Long, Long> buckets = new HashMap<>();
    int size = Math.min(load.getMicrosCount(), load.getCountsCount());
    for (int i = 0; i < size; i++) {
      buckets.merge(load.getMicros(i), Math.max(0, load.getCounts(i)), Long::sum);
    }
    return buckets;
  }

  /** Nothing is known of it any more. */
  public void forget(String agent) {
    parts.remove(agent);
  }

  /** When the agent last reported; {@link Long#MIN_VALUE}: it has not. */
  public long reported(String agent) {
    Part part = parts.get(agent);
    return part == null ? Long.MIN_VALUE : part.at;
  }

  public boolean isFresh(String agent, long now) {
    Part part = parts.get(agent);
    return part != null && part.at != Long.MIN_VALUE && now - part.at <= FRESH;
  }

  /** Whether it said anything of the pool when it last reported. */
  public boolean has(String agent, String pool) {
    return part(agent).map(part -> part.endpoints.containsKey(pool)).orElse(false);
  }

  private Optional<Part> part(String agent) {
    return Optional.ofNullable(parts.get(agent));
  }

  /** Requests that the agent last had under way, by address; those that have none are left out. */
  public Map<String, Long> inFlight(String agent, String pool) {
    Map<String, Long> inFlight = new HashMap<>();
    part(agent)
        .ifPresent(part ->
            part.endpoints
                .getOrDefault(pool, Map.of())
                .forEach((address, count) -> {
                  if (count.inFlight() > 0) {
                    inFlight.put(address, count.inFlight());
                  }
                }));
    return inFlight;
  }

  /** Of all agents that reported lately, by address. */
  public Map<String, Flow> flows(String pool, long now) {
    Map<String, Flow> flows = new TreeMap<>();
    parts.forEach((agent, part) -> {
      if (isFresh(agent, now)) {
        part.endpoints
            .getOrDefault(pool, Map.of())
            .forEach((address, count) ->
                flows.put(address, flows.getOrDefault(address, Flow.NONE).plus(count)));
      }
    });
    return flows;
  }

  /** Requests that wait for an endpoint at agents that reported lately. */
  public double queued(String pool, long now) {
    return parts.entrySet().stream()
        .filter(each -> isFresh(each.getKey(), now))
        .mapToLong(each -> {
          PoolLoad load = each.getValue().pools.get(pool);
          return load == null ? 0 : Math.max(0, load.getQueued());
        })
        .sum();
  }

  /** Of what was answered since this was last asked. */
  public Latencies latencies(String pool) {
    SortedMap<Long, Long> sum = answered.remove(pool);
    if (sum == null) {
      return Latencies.NONE;
    }
    List<Long> micros = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    sum.forEach((bound, count) -> {
      if (count > 0) {
        micros.add(bound);
        counts.add(count);
      }
    });
    return new Latencies(micros, counts);
  }
}
