package io.weir.controller.reconcile;

import io.weir.controller.health.Ring;
import io.weir.controller.health.Verdict;
import io.weir.controller.instances.Situation;
import io.weir.controller.instances.Step;
import io.weir.controller.model.Kind;
import io.weir.controller.model.Scaled;
import io.weir.controller.provision.Recommendations;
import io.weir.controller.scaling.Sample;
import io.weir.v1.LoadReport;
import io.weir.v1.RegisterRequest;
import io.weir.v1.RegisterResponse;
import io.weir.v1.Resource;
import io.weir.v1.ScalerRecord;
import io.weir.v1.ScalerSpec;
import io.weir.v1.ScalerStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Has endpoints come and go while this controller leads: once a second each scaler is looked at,
 * and whatever is to change is written before it is done. What the store has and has not been seen
 * yet is waited for, so that each look goes by all that was decided before. One for each term;
 * confined to the loop's thread.
 */
final class ScalerDriver {
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration REMEMBER = Duration.ofMinutes(1);

  /**
   * Switches off what keeps endpoints from being ended too early, to show what that is good for.
   */
  private static final String BARRIER = "weir.scaling.barrier";

  private final Hooks hooks;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Executor io;
  private final Consumer<Runnable> loop;
  private final BiConsumer<Duration, Runnable> later;
  private final Around around;
  private final boolean barred = !"off".equals(System.getProperty(BARRIER));
  private final Map<String, Scaling> scalers = new TreeMap<>();
  private final Set<String> forgetting = new HashSet<>();
  private final Audience audience;
  private final HookCalls calls;
  private final ScalerLog log;
  private @Nullable Image image;
  private boolean begun;
  private boolean looking;

  /** At which an earlier leader last wrote of a scaler: what is to be decided goes by that. */
  private long from;

  /** What the rest of the controller knows, and what it does. */
  interface Around {
    Verdict verdict(String pool, String endpoint);

    /** All agents. */
    Collection<Judge.Agent> agents();

    Collection<Progress.Standing> standings();

    /** What its peers hold of an agent. */
    Ring.Standing peers(String agent);

    /**
     * Has it written, with a decision or without.
     *
     * @param record by the decision's number; 0: there is none
     */
    void decide(String scaler, Optional<Step.Draft> draft, LongFunction<ScalerRecord> record);

    /** Has the record of a scaler that is not there any more removed. */
    void forget(String scaler);

    /** What is known of these scalers has changed. */
    void news(Collection<String> names);

    /** What is recommended now. */
    void recommended(Recommendations.View view);
  }

  /**
   * @param io for calls that block
   * @param loop runs a task on the loop; callable from any thread
   * @param later runs a task on the loop after a while
   */
  ScalerDriver(
      long term,
      Hooks hooks,
      InstantSource clock,
      LongSupplier nanos,
      RandomGenerator random,
      Executor io,
      Consumer<Runnable> loop,
      BiConsumer<Duration, Runnable> later,
      Around around) {
    this.hooks = hooks;
    this.clock = clock;
    this.nanos = nanos;
    this.io = io;
    this.loop = loop;
    this.later = later;
    this.around = around;
    this.audience = new Audience(nanos, around);
    this.calls = new HookCalls(nanos, random, this::step);
    this.log = new ScalerLog(term, nanos, around);
  }

  /**
   * Decisions can be written from now on.
   *
   * @param last revision at which anything of a scaler was written before this term; 0: nothing was
   */
  void begin(long last) {
    begun = true;
    from = last;
    work();
  }

  void update(Image next) {
    Image before = image;
    image = next;
    if (before == null
        || !before.scaled().equals(next.scaled())
        || !before.found().equals(next.found())
        || !before.config().equals(next.config())) {
      work();
    }
  }

  void report(String agent, LoadReport report) {
    audience.report(agent, report);
  }

  void forget(String agent) {
    audience.forget(agent);
  }

  void stop() {
    scalers.values().forEach(Scaling::close);
    scalers.clear();
  }

  /** What the store wants scaled is. */
  private void work() {
    Image now = image;
    if (!begun || now == null || now.revision() < from) {
      return;
    }
    Map<String, ScalerSpec> wanted = new HashMap<>();
    now.config()
        .of(Kind.SCALER)
        .forEach(one -> wanted.put(one.getMetadata().getName(), one.getScaler().getSpec()));
    for (Scaling one : List.copyOf(scalers.values())) {
      ScalerSpec spec = wanted.get(one.name);
      if (!one.spec.equals(spec)) {
        scalers.remove(one.name);
        one.close();
        if (spec != null) {
          Scaling next = open(one.name, spec, now);
          next.follow(one);
          scalers.put(one.name, next);
        }
      }
    }
    wanted.forEach((name, spec) -> scalers.computeIfAbsent(name, _ -> open(name, spec, now)));
    Set<String> scaled = new HashSet<>();
    scalers.values().forEach(one -> scaled.add(one.pool()));
    audience.of(scaled);
    forgetting.retainAll(now.scaled().keySet());
    for (String name : now.scaled().keySet()) {
      if (!wanted.containsKey(name) && forgetting.add(name)) {
        around.forget(name);
      }
    }
    List.copyOf(scalers.values()).forEach(this::step);
    if (!looking) {
      look();
    }
  }

  private Scaling open(String name, ScalerSpec spec, Image now) {
    HookLine line = spec.hasHook() ? new HookLine(hooks, name, spec.getHook(), io, loop) : null;
    return new Scaling(name, spec, Scaled.of(name, now.scaled()).record(), barred, line);
  }

  private Optional<ScaledPool> pool(Scaling one, Image now) {
    return ScaledPool.of(
        now,
        one.pool(),
        Scaled.of(one.name, now.scaled()).record().getInstancesList(),
        one.conduct() == Situation.Conduct.ACT,
        address -> around.verdict(one.pool(), address));
  }

  private void look() {
    looking = !scalers.isEmpty();
    if (!looking) {
      return;
    }
    for (Scaling one : List.copyOf(scalers.values())) {
      recommend(one);
      step(one);
    }
    around.news(List.copyOf(scalers.keySet()));
    later.accept(LOOK, this::look);
  }

  private void recommend(Scaling one) {
    Image now = image;
    if (now == null || one.isOff()) {
      return;
    }
    pool(one, now)
        .ifPresent(pool -> {
          Sample sample = audience.sample(one, pool, nanos.getAsLong(), clock.instant());
          one.recommendation = one.recommender.next(sample);
          around.recommended(one.view(pool, one.recommendation, clock.instant()));
        });
  }

  /** Whatever there is to do for it is done: written, called, asked. */
  private void step(Scaling one) {
    Image now = image;
    if (now == null || scalers.get(one.name) != one) {
      return;
    }
    Scaled its = Scaled.of(one.name, now.scaled());
    ScalerRecord record = its.record();
    if (one.awaited != null) {
      if (!record.equals(one.awaited)) {
        return;
      }
      one.awaited = null;
      one.registering.answer(record);
    }
    long at = nanos.getAsLong();
    calls.make(one, record, at);
    Optional<ScaledPool> pool = pool(one, now);
    if (pool.isEmpty()) {
      return;
    }
    if (one.done != null) {
      ScalerRecord after = one.after(record, one.done, pool.get().searching(), clock.instant());
      one.done = null;
      log.write(one, its, new Step(after, Optional.empty()));
      return;
    }
    if (one.registering.waits()) {
      ScalerRecord after = one.registering.all(record, clock.instant());
      if (after.equals(record)) {
        one.registering.answer(record);
      } else {
        log.write(one, its, new Step(after, Optional.empty()));
        return;
      }
    }
    Step step =
        one.lifecycle.next(
            one.name,
            one.pool(),
            record,
            its.revision(),
            one.situation(pool.get(), audience.agents(one.pool()), at, clock.instant()));
    one.learn();
    boolean remember =
        record.getDecision() != 0
            && at - one.rememberedAt >= REMEMBER.toNanos()
            && one.recommendation != null;
    if (!step.record().equals(record) || step.decision().isPresent() || remember) {
      log.write(one, its, step);
    }
  }

  /** Completes once it is in the store; empty: there is no such scaler. */
  Optional<CompletableFuture<RegisterResponse>> register(RegisterRequest request) {
    Scaling one = scalers.get(request.getScaler());
    if (one == null) {
      return Optional.empty();
    }
    CompletableFuture<RegisterResponse> answer = one.registering.register(request);
    step(one);
    return Optional.of(answer);
  }

  /** Adds what is known here of it. */
  void describe(Resource scaler, ScalerStatus.Builder status) {
    Scaling one = scalers.get(scaler.getMetadata().getName());
    Image now = image;
    if (one != null && now != null) {
      ScalerRecord record = Scaled.of(one.name, now.scaled()).record();
      pool(one, now)
          .ifPresent(pool -> {
            status.clear();
            one.describe(pool, record, status);
          });
    }
  }
}
