package io.weir.controller.rollout;

import io.weir.v1.ListenerLoad;
import io.weir.v1.LoadReport;
import io.weir.v1.PoolLoad;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What some agents' clients got between two times. One thread at a time. */
final class Traffic {
  private final Map<String, Count> listeners = new TreeMap<>();
  private final Map<String, SortedMap<Long, Long>> pools = new TreeMap<>();

  /** Requests, and those of them that were answered with 500 or above. */
  record Count(long requests, long errors) {
    static final Count NONE = new Count(0, 0);

    Count plus(Count other) {
      return new Count(requests + other.requests, errors + other.errors);
    }

    /** Of the requests, in percent. */
    double percent() {
      return requests == 0 ? 0 : 100.0 * errors / requests;
    }
  }

  /** Adds what one agent counted from {@code from} to {@code to}. */
  void add(LoadReport from, LoadReport to) {
    Map<String, ListenerLoad> before = new HashMap<>();
    from.getListenersList().forEach(load -> before.put(load.getListener(), load));
    for (ListenerLoad load : to.getListenersList()) {
      ListenerLoad was = before.getOrDefault(load.getListener(), ListenerLoad.getDefaultInstance());
      boolean anew = load.getRequests() < was.getRequests();
      Count count =
          anew
              ? new Count(load.getRequests(), load.getErrors())
              : new Count(
                  load.getRequests() - was.getRequests(),
                  Math.max(0, load.getErrors() - was.getErrors()));
      listeners.merge(load.getListener(), count, Count::plus);
    }
    Map<String, PoolLoad> earlier = new HashMap<>();
    from.getPoolsList().forEach(load -> earlier.put(load.getPool(), load));
    for (PoolLoad load : to.getPoolsList()) {
      SortedMap<Long, Long> then = buckets(earlier.get(load.getPool()));
      SortedMap<Long, Long> sum = pools.computeIfAbsent(load.getPool(), _ -> new TreeMap<>());
      buckets(load)
          .forEach((bound, count) ->
              sum.merge(bound, Math.max(0, count - then.getOrDefault(bound, 0L)), Long::sum));
    }
  }

  private static SortedMap<Long, Long> buckets(@Nullable PoolLoad load) {
    SortedMap<Long, Long> buckets = new TreeMap<>();
    if (load != null) {
      int size = Math.min(load.getMicrosCount(), load.getCountsCount());
      for (int i = 0; i < size; i++) {
        buckets.merge(load.getMicros(i), Math.max(0, load.getCounts(i)), Long::sum);
      }
    }
    return buckets;
  }

  Map<String, Count> listeners() {
    return listeners;
  }

  Count listener(String name) {
    return listeners.getOrDefault(name, Count.NONE);
  }

  /** Of all listeners. */
  Count total() {
    return listeners.values().stream().reduce(Count.NONE, Count::plus);
  }

  Iterable<String> pools() {
    return pools.keySet();
  }

  long answered(String pool) {
    return pools.getOrDefault(pool, new TreeMap<>()).values().stream()
        .mapToLong(Long::longValue)
        .sum();
  }

  /** In microseconds, the upper bound of the bucket that it lies in; 0: nothing was answered. */
  long p99(String pool) {
    long rank = (long) Math.ceil(0.99 * answered(pool));
    long seen = 0;
    for (Map.Entry<Long, Long> bucket : pools.getOrDefault(pool, new TreeMap<>()).entrySet()) {
      seen += bucket.getValue();
      if (seen >= rank && seen > 0) {
        return bucket.getKey();
      }
    }
    return 0;
  }
}
