package io.weir.agent.probe;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.weir.agent.balance.EndpointState.Judgement;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.health.DueProbe;
import io.weir.agent.health.Effective;
import io.weir.agent.health.HealthWatch;
import io.weir.agent.health.Observation;
import io.weir.agent.health.Target;
import io.weir.agent.model.Health;
import io.weir.agent.model.Snapshot;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Performs the probes that {@link HealthWatch} asks for, with one timer for when the next is due,
 * and writes what it concludes to {@link EndpointStates}. The watch is confined to one event loop;
 * the methods here may be called by any thread.
 */
public final class Prober {
  private static final Logger log = LoggerFactory.getLogger(Prober.class);

  /** Probes at a time: as many descriptors, and one burst of small packets at most. */
  private static final int MOST_UNDER_WAY = 1_024;

  private static final long NEVER = -1;

  private final Vertx vertx;
  private final Context context;
  private final ProbeClient client;
  private final EndpointStates states;
  private final InstantSource clock;
  private final Consumer<List<Observation>> news;
  private final HealthWatch watch;
  private final Map<Target, Observation> observations = new ConcurrentHashMap<>();

  /** What the states were told last; on the event loop. */
  private final Map<Target, Health> told = new HashMap<>();

  private long timer = NEVER;
  private boolean closed;

  /**
   * @param random for jitter; used on the event loop only
   * @param news what the controller and other agents should hear of at once, on the event loop
   */
  public Prober(
      Vertx vertx,
      EndpointStates states,
      RandomGenerator random,
      InstantSource clock,
      Consumer<List<Observation>> news) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.client = new ProbeClient(vertx, context);
    this.states = states;
    this.clock = clock;
    this.news = news;
    this.watch = new HealthWatch(random, MOST_UNDER_WAY);
  }

  /** Why this process cannot probe by ICMP echo; empty: it can. */
  public static Optional<String> noIcmp() {
    return EchoSocket.whyNot();
  }

  /**
   * From now on probes what {@code snapshot} declares; see {@link HealthWatch#declare}.
   *
   * @return completes once {@link #observations} shows the endpoints of this snapshot
   */
  public Future<Void> run(Snapshot snapshot) {
    return tell((health, now) -> {
      health.declare(snapshot.pools().values(), clock.millis(), now);
      List<Observation> all = health.observations();
      observations.keySet().retainAll(all.stream().map(Observation::target).toList());
      all.forEach(each -> observations.put(each.target(), each));
      told.keySet().retainAll(observations.keySet());
      // Whoever shares the states may have forgotten some in between.
      all.forEach(each -> health.effective(each.target()).ifPresent(this::write));
    });
  }

  /** Told to the watch, in the order of the calls of one thread. */
  public interface Telling {
    /**
     * @param now by System.nanoTime()
     */
    void to(HealthWatch health, long now);
  }

  /**
   * Runs {@code telling} on the event loop, and does what comes of it.
   *
   * @return completes once that is done
   */
  public Future<Void> tell(Telling telling) {
    Promise<Void> done = Promise.promise();
    context.runOnContext(_ -> {
      if (!closed) {
        telling.to(watch, System.nanoTime());
        perform();
      }
      done.complete();
    });
    return done.future();
  }

  /** Of every endpoint of the running snapshot, by pool and address. */
  public List<Observation> observations() {
    return observations.values().stream()
        .sorted(Comparator.comparing(Observation::pool).thenComparing(Observation::endpoint))
        .toList();
  }

  /** Stops probing. */
  public Future<Void> close() {
    Promise<Void> done = Promise.promise();
    context.runOnContext(_ -> {
      closed = true;
      vertx.cancelTimer(timer);
      done.complete();
    });
    return done.future().eventually(client::close);
  }

  private void perform() {
    for (DueProbe due : watch.due(System.nanoTime())) {
      client.probe(due.endpoint(), due.check()).onSuccess(result -> ended(due, result));
    }
    HealthWatch.Outcome outcome = watch.take();
    outcome.changed().forEach(this::write);
    if (!outcome.news().isEmpty()) {
      news.accept(outcome.news());
    }
    plan(watch.nextDue());
  }

  private void ended(DueProbe due, ProbeResult result) {
    if (closed) {
      return;
    }
    Optional<String> failure =
        switch (result) {
          case ProbeResult.Passed _ -> Optional.empty();
          case ProbeResult.Failed(String reason) -> Optional.of(reason);
        };
    watch.finished(due, failure, System.nanoTime());
    watch.observation(due.target()).ifPresent(now -> observations.put(now.target(), now));
    perform();
  }

  private void plan(OptionalLong next) {
    vertx.cancelTimer(timer);
    timer = NEVER;
    if (next.isPresent()) {
      long nanos = next.getAsLong() - System.nanoTime();
      timer = vertx.setTimer(Math.max(1, (nanos + 999_999) / 1_000_000), _ -> perform());
    }
  }

  private void write(Effective now) {
    Target target = now.target();
    states
        .of(new EndpointStates.Key(target.pool(), target.endpoint()))
        .judged(new Judgement(now.health(), why(now), now.belowFloor()));
    Health before = told.put(target, now.health());
    if (before != now.health() && (before != null || now.health() != Health.UNKNOWN)) {
      log(before == null ? Health.UNKNOWN : before, now);
    }
  }

  private static String why(Effective now) {
    String by =
        switch (now.basis()) {
          case FORCED -> "forced by an operator";
          case OWN_PROBES -> "this agent's probes";
          case VERDICT -> "the fleet's verdict";
          case PEERS -> "the other agents, as there is no controller to ask";
          case NO_EVIDENCE -> "";
        };
    return now.reason().isEmpty() ? by : by + ": " + now.reason();
  }

  private static void log(Health before, Effective now) {
    var line =
        switch (now.health()) {
          case UNHEALTHY -> log.atWarn().addKeyValue("reason", now.reason());
          case HEALTHY, UNKNOWN -> log.atInfo();
        };
    line.addKeyValue("pool", now.target().pool())
        .addKeyValue("endpoint", now.target().endpoint())
        .addKeyValue("was", before)
        .addKeyValue("is", now.health())
        .addKeyValue("by", now.basis())
        .log("endpoint changed health");
  }
}
