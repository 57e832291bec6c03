package io.weir.agent.proxy;

import io.weir.agent.balance.EndpointState;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.balance.PoolLoad;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.health.Ejection;
import io.weir.agent.health.OutlierDetector;
import io.weir.agent.health.OutlierDetector.Change;
import io.weir.agent.health.Traffic;
import io.weir.agent.health.TrafficDoubts;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Outliers;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps traffic from endpoints that it fares badly at: asks each pool's {@link OutlierDetector},
 * within the request for gateway errors in a row and on a thread of its own for all else, writes
 * what it decides to the {@link EndpointState}s, says so in the log, and passes doubts on.
 * Thread-safe.
 */
final class OutlierWatch implements EndpointStates.Failures {
  private static final Logger LOG = LoggerFactory.getLogger(OutlierWatch.class);
  private static final long TICK_MILLIS = 100;

  private final TrafficDoubts doubts;
  private final Map<String, Watched> pools = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor thread;

  OutlierWatch(TrafficDoubts doubts) {
    this.doubts = doubts;
    thread =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("weir-outliers").factory());
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    var _ =
        thread.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** These run now. Calls must not overlap. */
  void run(Map<String, PoolMembers> members) {
    pools.keySet().retainAll(members.keySet());
    members.forEach((name, of) -> {
      Watched known = pools.get(name);
      if (known == null) {
        pools.put(name, new Watched(of, System.nanoTime()));
      } else {
        known.follow(of);
      }
    });
  }

  @Override
  public void failed(EndpointStates.Key key, int inARow, boolean unanswered, long now) {
    Watched pool = pools.get(key.pool());
    if (pool != null) {
      pool.failed(key.address(), inARow, unanswered, now);
    }
  }

  private void tick() {
    try {
      long now = System.nanoTime();
      pools.values().forEach(pool -> pool.tick(now));
    } catch (RuntimeException bug) {
      LOG.atError().setCause(bug).log("cannot look for outliers");
    }
  }

  /** Adds what is ejected, and how often that was, to the counts of all loops together. */
  void count(LoopMetrics sum) {
    pools.values().forEach(pool -> pool.count(sum));
  }

  void close() {
    thread.shutdown();
  }

  private void tell(Change change) {
    switch (change) {
      case Change.Ejected(Ejection e) -> {
        LOG.atWarn()
            .addKeyValue("pool", e.pool())
            .addKeyValue("endpoint", e.endpoint())
            .addKeyValue("seconds", e.length().toMillis() / 1e3)
            .addKeyValue("times", e.times())
            .addKeyValue("reason", e.cause().text())
            .log("endpoint ejected");
      }
      case Change.Returned(Ejection e) ->
          LOG.atInfo()
              .addKeyValue("pool", e.pool())
              .addKeyValue("endpoint", e.endpoint())
              .addKeyValue("reason", e.cause().text())
              .log("endpoint back from ejection");
    }
  }

  /** One pool. What it holds is guarded by itself, for moments only. */
  private final class Watched {
    private final OutlierDetector detector;
    private final Map<String, Map<String, Long>> counts = new HashMap<>();

    /** Those ejected that probes found down since. */
    private final Set<String> down = new HashSet<>();

    private volatile PoolMembers members;
    private volatile Map<String, EndpointState> states = Map.of();

    /** Usable as far as an operator says. */
    private volatile Map<String, Boolean> offered = Map.of();

    Watched(PoolMembers members, long now) {
      this.members = members;
      detector = new OutlierDetector(members.pool().name(), members.pool().outliers(), now);
      follow(members);
    }

    synchronized void follow(PoolMembers now) {
      members = now;
      Map<String, EndpointState> byAddress = new HashMap<>();
      Map<String, Boolean> open = new HashMap<>();
      List<Endpoint> endpoints = now.pool().endpoints();
      for (int i = 0; i < endpoints.size(); i++) {
        Endpoint endpoint = endpoints.get(i);
        byAddress.put(endpoint.address(), now.states().get(i));
        open.put(endpoint.address(), endpoint.weight() > 0 && !endpoint.drain());
      }
      states = byAddress;
      offered = open;
      counts.keySet().retainAll(byAddress.keySet());
      down.retainAll(byAddress.keySet());
      detector.declare(endpoints.stream().map(Endpoint::address).toList(), now.pool().outliers());
      detector.spare(
          endpoints.stream()
              .filter(PoolMembers::isForcedHealthy)
              .map(Endpoint::address)
              .collect(Collectors.toSet()));
    }

    private String name() {
      return members.pool().name();
    }

    private boolean usable(String address) {
      EndpointState state = states.get(address);
      return state != null
          && offered.getOrDefault(address, false)
          && state.health() != Health.UNHEALTHY;
    }

    void failed(String address, int inARow, boolean unanswered, long now) {
      EndpointState state = states.get(address);
      if (state == null) {
        return;
      }
      Outliers rules = members.pool().outliers();
      boolean tooMany = rules.gatewayErrors() > 0 && inARow >= rules.gatewayErrors();
      if ((unanswered || tooMany) && usable(address) && state.doubt(now)) {
        doubts.doubt(name(), address);
      }
      if (tooMany && state.ejection() == null) {
        eject(address, inARow, now);
      }
    }

    private synchronized void eject(String address, int inARow, long now) {
      detector
          .failed(address, inARow, this::usable, now)
          .ifPresent(ejection -> change(new Change.Ejected(ejection)));
    }

    void tick(long now) {
      Map<String, EndpointState> of = states;
      synchronized (this) {
        detector
            .tick(
                address -> {
                  EndpointState state = of.get(address);
                  return state == null ? Traffic.NONE : state.traffic();
                },
                this::usable,
                now)
            .forEach(this::change);
        of.forEach((address, state) -> recover(address, state, now));
      }
    }

    private void recover(String address, EndpointState state, long now) {
      if (state.ejection() == null) {
        down.remove(address);
      } else if (state.health() == Health.UNHEALTHY) {
        down.add(address);
      } else if (state.health() == Health.HEALTHY && down.remove(address)) {
        detector.recovered(address, now).ifPresent(this::change);
      }
    }

    private void change(Change change) {
      Ejection about =
          switch (change) {
            case Change.Ejected(Ejection e) -> e;
            case Change.Returned(Ejection e) -> e;
          };
      EndpointState state = states.get(about.endpoint());
      if (state == null) {
        return;
      }
      if (change instanceof Change.Ejected) {
        state.ejection(about);
        counts
            .computeIfAbsent(about.endpoint(), _ -> new HashMap<>())
            .merge(about.cause().word(), 1L, Long::sum);
      } else {
        state.ejection(null);
      }
      thread.execute(() -> tell(change)); // no event loop waits for a log
    }

    synchronized void count(LoopMetrics sum) {
      for (PoolLoad.Limit limit : PoolLoad.Limit.values()) {
        sum.overflows(
            name(), limit.name().toLowerCase(Locale.ROOT), members.load().overflows(limit));
      }
      states.forEach((address, state) ->
          sum.endpoint(name(), address)
              .ejected(
                  state.ejection() != null,
                  Map.copyOf(Objects.requireNonNullElse(counts.get(address), Map.of()))));
    }
  }
}
