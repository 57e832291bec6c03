package io.weir.agent.probe;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.health.Hysteresis;
import io.weir.agent.health.Observation;
import io.weir.agent.health.Standing;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.HealthCheck;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Snapshot;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes every endpoint of the running snapshot whose pool has a check, and writes what it finds to
 * {@link EndpointStates}. Each endpoint has a timer of its own with a random first delay, so that
 * neither the endpoints of one agent nor the agents of one endpoint march in step; at most one
 * probe of an endpoint is under way. Confined to one event loop but where said otherwise.
 */
public final class Prober {
  private static final Logger log = LoggerFactory.getLogger(Prober.class);

  /** The first probe comes this soon, in ms, even where the interval is longer. */
  private static final long MAX_FIRST_DELAY = 2_000;

  private final Vertx vertx;
  private final Context context;
  private final ProbeClient client;
  private final EndpointStates states;
  private final RandomGenerator random;
  private final InstantSource clock;
  private final Consumer<Observation> changed;

  private final Map<EndpointStates.Key, Watch> watches = new HashMap<>();
  private final Map<EndpointStates.Key, Observation> observations = new ConcurrentHashMap<>();

  /**
   * @param random for the first delays; used on the event loop only
   * @param changed told of each change of health, on the event loop
   */
  public Prober(
      Vertx vertx,
      EndpointStates states,
      RandomGenerator random,
      InstantSource clock,
      Consumer<Observation> changed) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.client = new ProbeClient(vertx);
    this.states = states;
    this.random = random;
    this.clock = clock;
    this.changed = changed;
  }

  /**
   * From now on probes what {@code snapshot} declares. An endpoint whose check is unchanged keeps
   * its standing and its schedule; under another check it keeps its standing and starts counting
   * anew; without one it is unknown. Any thread.
   *
   * @return completes once {@link #observations} shows the endpoints of this snapshot
   */
  public Future<Void> run(Snapshot snapshot) {
    return onLoop(() -> reconcile(snapshot));
  }

  /** Of every endpoint of the running snapshot, by pool and address. Any thread. */
  public List<Observation> observations() {
    return observations.values().stream()
        .sorted(Comparator.comparing(Observation::pool).thenComparing(Observation::endpoint))
        .toList();
  }

  /** Stops probing. Any thread. */
  public Future<Void> close() {
    return onLoop(
            () -> {
              watches.values().forEach(Watch::stop);
              watches.clear();
            })
        .eventually(client::close);
  }

  private Future<Void> onLoop(Runnable work) {
    Promise<Void> done = Promise.promise();
    context.runOnContext(now -> {
      work.run();
      done.complete();
    });
    return done.future();
  }

  private void reconcile(Snapshot snapshot) {
    Set<EndpointStates.Key> declared = new HashSet<>();
    for (Pool pool : snapshot.pools().values()) {
      for (Endpoint endpoint : pool.endpoints()) {
        EndpointStates.Key key = new EndpointStates.Key(pool.name(), endpoint.address());
        declared.add(key);
        watches.computeIfAbsent(key, Watch::new).declare(endpoint, pool.health());
      }
    }
    watches
        .entrySet()
        .removeIf(entry -> {
          boolean gone = !declared.contains(entry.getKey());
          if (gone) {
            entry.getValue().stop();
            observations.remove(entry.getKey());
          }
          return gone;
        });
  }

  /** One endpoint of one pool. */
  private final class Watch {
    private final EndpointStates.Key key;
    private @Nullable Schedule schedule;
    private Standing standing = Standing.unknown();

    Watch(EndpointStates.Key key) {
      this.key = key;
      hold("");
    }

    void declare(Endpoint endpoint, Optional<HealthCheck> check) {
      if (check.isEmpty()) {
        stop();
        schedule = null;
        become(Standing.unknown(), "");
      } else if (schedule == null || !schedule.check.equals(check.get())) {
        stop();
        standing = standing.restarted();
        schedule = new Schedule(this, endpoint, check.get());
      }
      // Whoever shares the states may have forgotten this one in between.
      states.of(key).health(standing.health());
    }

    void stop() {
      if (schedule != null) {
        schedule.stop();
      }
    }

    void become(Standing next, String reason) {
      Health before = standing.health();
      standing = next;
      if (next.health() == before) {
        if (before == Health.UNHEALTHY && !reason.isEmpty()) {
          observations.computeIfPresent(
              key,
              (_, held) ->
                  new Observation(
                      held.pool(), held.endpoint(), held.health(), held.since(), reason));
        }
        return;
      }
      states.of(key).health(next.health());
      Observation now = hold(reason);
      log(before, now);
      changed.accept(now);
    }

    private Observation hold(String reason) {
      Observation now =
          new Observation(key.pool(), key.address(), standing.health(), clock.instant(), reason);
      observations.put(key, now);
      return now;
    }

    private void log(Health before, Observation now) {
      var line =
          switch (now.health()) {
            case UNHEALTHY -> log.atWarn().addKeyValue("reason", now.reason());
            case HEALTHY, UNKNOWN -> log.atInfo();
          };
      line.addKeyValue("pool", now.pool())
          .addKeyValue("endpoint", now.endpoint())
          .addKeyValue("was", before)
          .addKeyValue("is", now.health())
          .log("endpoint changed health");
    }
  }

  /** The probes of one endpoint under one check, until stopped. */
  private final class Schedule {
    private final Watch watch;
    private final Endpoint endpoint;
    private final HealthCheck check;
    private final Hysteresis hysteresis;
    private long timer;
    private boolean probing;
    private boolean stopped;

    Schedule(Watch watch, Endpoint endpoint, HealthCheck check) {
      this.watch = watch;
      this.endpoint = endpoint;
      this.check = check;
      this.hysteresis = new Hysteresis(check.rise(), check.fall());
      long interval = check.interval().toMillis();
      long first = 1 + random.nextLong(Math.min(interval, MAX_FIRST_DELAY));
      timer =
          vertx.setTimer(
              first,
              _ -> {
                timer = vertx.setPeriodic(interval, _ -> probe());
                probe();
              });
    }

    void stop() {
      stopped = true;
      vertx.cancelTimer(timer);
    }

    private void probe() {
      if (probing) {
        return;
      }
      probing = true;
      client
          .probe(endpoint, check)
          .onSuccess(result -> {
            probing = false;
            if (stopped) {
              return;
            }
            switch (result) {
              case ProbeResult.Passed _ -> watch.become(hysteresis.next(watch.standing, true), "");
              case ProbeResult.Failed failed ->
                  watch.become(hysteresis.next(watch.standing, false), failed.reason());
            }
          });
    }
  }
}
