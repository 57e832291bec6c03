package io.weir.controller.failover;

import io.weir.controller.health.Verdict;
import io.weir.v1.Endpoint;
import io.weir.v1.Failback;
import io.weir.v1.PoolSpec;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A pool as failover sees it.
 *
 * @param usable how many endpoints of each priority can serve; every priority there is has an entry
 * @param endpoints how many there are of each
 * @param failback after so many nanoseconds; empty: by hand
 * @param force the operator's priority
 */
public record PoolView(
    String name,
    SortedMap<Integer, Integer> usable,
    SortedMap<Integer, Integer> endpoints,
    OptionalLong failback,
    OptionalInt force) {
  private static final long SECOND = 1_000_000_000L;
  private static final long FAILBACK = 30 * SECOND;

  static PoolView of(String name, PoolSpec spec, Function<String, Verdict> verdicts) {
    SortedMap<Integer, Integer> usable = new TreeMap<>();
    SortedMap<Integer, Integer> endpoints = new TreeMap<>();
    for (Endpoint endpoint : spec.getEndpointsList()) {
      boolean serves = unusable(endpoint, verdicts.apply(endpoint.getAddress())).isEmpty();
      usable.merge(endpoint.getPriority(), serves ? 1 : 0, Integer::sum);
      endpoints.merge(endpoint.getPriority(), 1, Integer::sum);
    }
    Failback failback = spec.getPriorities().getFailback();
    return new PoolView(
        name,
        usable,
        endpoints,
        switch (failback.getWhenCase()) {
          case AFTER ->
              OptionalLong.of(
                  failback.getAfter().getSeconds() * SECOND + failback.getAfter().getNanos());
          case MANUAL -> OptionalLong.empty();
          case WHEN_NOT_SET -> OptionalLong.of(FAILBACK);
        },
        spec.getPriorities().hasForce()
            ? OptionalInt.of(spec.getPriorities().getForce())
            : OptionalInt.empty());
  }

  /** Why no agent sends it new requests, as a clause; empty: some do. */
  static Optional<String> unusable(Endpoint endpoint, Verdict verdict) {
    if (endpoint.getMaintenance()) {
      return Optional.of("an operator has it in maintenance");
    }
    if (endpoint.getDrain()) {
      return Optional.of("it is drained");
    }
    if (endpoint.hasWeight() && endpoint.getWeight() == 0) {
      return Optional.of("its weight is 0");
    }
    return switch (endpoint.getForce()) {
      case FORCE_UNHEALTHY -> Optional.of("an operator forced it to be unhealthy");
      case FORCE_HEALTHY -> Optional.empty();
      case FORCE_UNSPECIFIED, UNRECOGNIZED ->
          verdict instanceof Verdict.Unhealthy
              ? Optional.of("the fleet holds it to be down")
              : Optional.empty();
    };
  }

  /** The lowest priority of which any endpoint can serve. */
  OptionalInt serving() {
    return usable.entrySet().stream()
        .filter(entry -> entry.getValue() > 0)
        .mapToInt(entry -> entry.getKey())
        .findFirst();
  }

  int usable(int priority) {
    return usable.getOrDefault(priority, 0);
  }

  boolean servesFrom(int floor) {
    return usable.tailMap(floor).values().stream().anyMatch(count -> count > 0);
  }
}
