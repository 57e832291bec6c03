package io.weir.controller.failover;

import io.weir.controller.health.Settings;
import io.weir.controller.health.Verdict;
import io.weir.v1.Decision;
import io.weir.v1.EndpointRecord;
import io.weir.v1.PoolRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * What is recorded of each pool: the state that decisions have led to, as it is in the store. An
 * immutable image; plainly healthy endpoints and pools that stay at home are not in it.
 */
public final class Records {
  public static final Records EMPTY = new Records(Map.of());

  private final Map<String, PoolRecord> pools;

  public Records(Map<String, PoolRecord> pools) {
    this.pools = Map.copyOf(pools);
  }

  public Optional<PoolRecord> of(String pool) {
    return Optional.ofNullable(pools.get(pool));
  }

  public void each(BiConsumer<String, PoolRecord> action) {
    new TreeMap<>(pools).forEach(action);
  }

  /** Each with the whole reason of its decision, as far as that is one of these. */
  public Records explained(List<Decision> decisions) {
    Map<Long, String> reasons = new HashMap<>();
    decisions.forEach(decision -> reasons.put(decision.getNumber(), decision.getReason()));
    Map<String, PoolRecord> whole = new HashMap<>();
    pools.forEach((pool, record) -> {
      PoolRecord.Builder explained = record.toBuilder();
      explained
          .getEndpointsBuilderList()
          .forEach(endpoint ->
              endpoint.setReason(
                  reasons.getOrDefault(endpoint.getDecision(), endpoint.getReason())));
      whole.put(pool, explained.build());
    });
    return new Records(whole);
  }

  /** The pools that {@code changes} are about. */
  public static Set<String> touched(List<Change> changes) {
    Set<String> touched = new LinkedHashSet<>();
    changes.forEach(change -> change.pool().ifPresent(touched::add));
    return touched;
  }

  /** After {@code changes}. Pools of which nothing remains to be said are gone. */
  public Records after(List<Change> changes, Instant wall) {
    Map<String, PoolRecord> next = new HashMap<>(pools);
    for (String pool : touched(changes)) {
      PoolRecord.Builder record =
          pools.getOrDefault(pool, PoolRecord.getDefaultInstance()).toBuilder();
      Map<String, EndpointRecord> endpoints = new LinkedHashMap<>();
      record.getEndpointsList().forEach(one -> endpoints.put(one.getEndpoint(), one));
      for (Change change : changes) {
        if (change.pool().equals(Optional.of(pool))) {
          apply(change, record, endpoints);
        }
      }
      endpoints.values().removeIf(endpoint -> isPlain(endpoint, wall));
      record.clearEndpoints().addAllEndpoints(endpoints.values());
      if (record.getEndpointsCount() == 0 && record.getFloorDecision() == 0) {
        next.remove(pool);
      } else {
        next.put(pool, record.build());
      }
    }
    return new Records(next);
  }

  private static void apply(
      Change change, PoolRecord.Builder record, Map<String, EndpointRecord> endpoints) {
    switch (change) {
      case Change.Judged judged ->
          endpoints.put(judged.endpoint().getEndpoint(), judged.endpoint());
      case Change.Moved moved ->
          record
              .setFloor(moved.floor())
              .setFloorDecision(moved.decision())
              .setFloorReason(moved.reason());
      case Change.EndpointGone gone -> endpoints.remove(gone.endpoint());
      case Change.PoolGone _ -> {
        endpoints.clear();
        record.clear();
      }
      case Change.Scaled _, Change.None _ -> {}
    }
  }

  private static boolean isPlain(EndpointRecord endpoint, Instant wall) {
    return switch (EndpointRecords.verdict(endpoint)) {
      case Verdict.Healthy _, Verdict.Unknown _ ->
          endpoint.getEjections() == 0
              || Duration.between(EndpointRecords.instant(endpoint.getEjected()), wall).toNanos()
                  > Settings.DEFAULT.flapWindow();
      case Verdict.Unhealthy _, Verdict.Asymmetric _ -> false;
    };
  }
}
