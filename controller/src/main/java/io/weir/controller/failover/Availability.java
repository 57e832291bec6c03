package io.weir.controller.failover;

import io.weir.controller.failover.Meter.State;
import io.weir.controller.health.Verdict;
import io.weir.v1.EndpointAvailability;
import io.weir.v1.PoolAvailability;
import java.time.Instant;
import java.time.YearMonth;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * How long each endpoint and each pool was up. An endpoint is down while the fleet holds it to be;
 * a pool while none of its endpoints can serve. Time without a controller, or without evidence, is
 * not observed. One thread at a time.
 */
public final class Availability {
  private static final class Pool {
    final Meter total;
    final Map<String, Meter> endpoints = new LinkedHashMap<>();

    Pool(Meter total) {
      this.total = total;
    }
  }

  private final Map<String, Pool> pools = new LinkedHashMap<>();

  /** As written then. */
  void restore(PoolAvailability from, long now) {
    YearMonth month = Meter.month(EndpointRecords.instant(from.getTime()));
    Pool pool = new Pool(Meter.restored(from.getTotal(), month, now));
    for (EndpointAvailability endpoint : from.getEndpointsList()) {
      pool.endpoints.put(endpoint.getEndpoint(), Meter.restored(endpoint.getTotal(), month, now));
    }
    pools.put(from.getPool(), pool);
  }

  void retain(Set<String> names) {
    pools.keySet().retainAll(names);
  }

  /** All endpoints of a pool, and whether any of them can serve. */
  void update(String name, Map<String, Verdict> verdicts, boolean serves, long now, Instant wall) {
    Pool pool = pools.computeIfAbsent(name, _ -> new Pool(new Meter(now, wall)));
    pool.endpoints.keySet().retainAll(verdicts.keySet());
    boolean known = false;
    for (Map.Entry<String, Verdict> entry : verdicts.entrySet()) {
      State state =
          switch (entry.getValue()) {
            case Verdict.Unknown _ -> State.UNKNOWN;
            case Verdict.Healthy _, Verdict.Asymmetric _ -> State.UP;
            case Verdict.Unhealthy _ -> State.DOWN;
          };
      known |= state != State.UNKNOWN;
      pool.endpoints
          .computeIfAbsent(entry.getKey(), _ -> new Meter(now, wall))
          .become(state, now, wall);
    }
    pool.total.become(!known ? State.UNKNOWN : serves ? State.UP : State.DOWN, now, wall);
  }

  PoolAvailability read(String name, long now, Instant wall) {
    PoolAvailability.Builder read =
        PoolAvailability.newBuilder().setPool(name).setTime(EndpointRecords.timestamp(wall));
    Pool pool = pools.get(name);
    if (pool != null) {
      read.setTotal(pool.total.read(now, wall));
      pool.endpoints.forEach((endpoint, meter) ->
          read.addEndpoints(
              EndpointAvailability.newBuilder()
                  .setEndpoint(endpoint)
                  .setTotal(meter.read(now, wall))));
    }
    return read.build();
  }
}
