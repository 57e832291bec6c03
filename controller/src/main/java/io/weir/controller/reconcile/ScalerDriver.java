package io.weir.controller.reconcile;

import com.google.protobuf.ByteString;
import io.weir.controller.health.Ring;
import io.weir.controller.health.Verdict;
import io.weir.controller.instances.AgentView;
import io.weir.controller.instances.Loads;
import io.weir.controller.instances.Past;
import io.weir.controller.instances.Situation;
import io.weir.controller.instances.Step;
import io.weir.controller.model.Kind;
import io.weir.controller.model.Scaled;
import io.weir.controller.provision.Order;
import io.weir.controller.provision.Recommendations;
import io.weir.v1.HookCall;
import io.weir.v1.LoadReport;
import io.weir.v1.RegisterRequest;
import io.weir.v1.RegisterResponse;
import io.weir.v1.Resource;
import io.weir.v1.ScalerRecord;
import io.weir.v1.ScalerSpec;
import io.weir.v1.ScalerStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has endpoints come and go while this controller leads: once a second each scaler is looked at,
 * and whatever is to change is written before it is done. What the store has and has not been seen
 * yet is waited for, so that each look goes by all that was decided before. One for each term;
 * confined to the loop's thread.
 */
final class ScalerDriver {
  private static final Logger log = LoggerFactory.getLogger(ScalerDriver.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration REMEMBER = Duration.ofMinutes(1);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofMinutes(1);
  private static final Duration LEAST_RETRY = Duration.ofMillis(200);
  private static final Duration REFUSED_RETRY = Duration.ofSeconds(30);
  private static final int DOUBLINGS = 6;

  /**
   * Switches off what keeps endpoints from being ended too early, to show what that is good for.
   */
  private static final String BARRIER = "weir.scaling.barrier";

  private final long term;
  private final Hooks hooks;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final Executor io;
  private final Consumer<Runnable> loop;
  private final BiConsumer<Duration, Runnable> later;
  private final Around around;
  private final boolean barred = !"off".equals(System.getProperty(BARRIER));
  private final Map<String, Scaling> scalers = new TreeMap<>();
  private final Set<String> forgetting = new HashSet<>();
  private final Loads loads = new Loads();
  private Set<String> pools = Set.of();
  private @Nullable Image image;
  private boolean begun;
  private boolean looking;

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
    this.term = term;
    this.hooks = hooks;
    this.clock = clock;
    this.nanos = nanos;
    this.random = random;
    this.io = io;
    this.loop = loop;
    this.later = later;
    this.around = around;
  }

  /** Decisions can be written from now on. */
  void begin() {
    begun = true;
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
    if (!pools.isEmpty()) {
      loads.report(agent, report, pools, nanos.getAsLong());
    }
  }

  void forget(String agent) {
    loads.forget(agent);
  }

  void stop() {
    scalers.values().forEach(ScalerDriver::close);
    scalers.clear();
  }

  private static void close(Scaling one) {
    if (one.line != null) {
      one.line.close();
    }
  }

  /** What the store wants scaled is. */
  private void work() {
    Image now = image;
    if (!begun || now == null) {
      return;
    }
    Map<String, ScalerSpec> wanted = new HashMap<>();
    now.config()
        .of(Kind.SCALER)
        .forEach(one -> wanted.put(one.getMetadata().getName(), one.getScaler().getSpec()));
    for (Scaling one : List.copyOf(scalers.values())) {
      if (!one.spec.equals(wanted.get(one.name))) {
        scalers.remove(one.name);
        close(one);
      }
    }
    wanted.forEach((name, spec) -> scalers.computeIfAbsent(name, _ -> open(name, spec, now)));
    Set<String> scaled = new HashSet<>();
    scalers.values().forEach(one -> scaled.add(one.pool()));
    pools = Set.copyOf(scaled);
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
    return new Scaling(name, spec, record(name, now), barred, line);
  }

  private static ScalerRecord record(String name, Image image) {
    Scaled its = image.scaled().get(name);
    return its == null ? ScalerRecord.getDefaultInstance() : its.record();
  }

  private static long revision(String name, Image image) {
    Scaled its = image.scaled().get(name);
    return its == null ? 0 : its.revision();
  }

  private Optional<ScaledPool> pool(Scaling one, Image now) {
    return ScaledPool.of(
        now,
        one.pool(),
        record(one.name, now).getInstancesList(),
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
    long at = nanos.getAsLong();
    pool(one, now)
        .ifPresent(pool -> {
          one.recommendation =
              one.recommender.next(
                  pool.sample(
                      loads,
                      agents(one.pool()),
                      coverage(one.pool(), at),
                      one.storeAgrees(at),
                      one.lifecycle.failedStarts(),
                      at,
                      clock.instant()));
          around.recommended(
              new Recommendations.View(
                  one.name,
                  one.pool(),
                  pool.serving(),
                  one.recommendation.desired(),
                  one.recommendation.inputs().getInFlight()
                      + one.recommendation.inputs().getQueued(),
                  clock.instant()));
        });
  }

  /**
   * Of the agents that may send the pool's requests, as far as they are connected or were lately.
   */
  private double coverage(String pool, long now) {
    int all = 0;
    int fresh = 0;
    for (Judge.Agent agent : around.agents()) {
      boolean reported = loads.reported(agent.name()) != Long.MIN_VALUE;
      boolean gone = isGone(agent.name());
      if (agent.pools().contains(pool) && (agent.connected() || (reported && !gone))) {
        all++;
        fresh += loads.isFresh(agent.name(), now) ? 1 : 0;
      }
    }
    return all == 0 ? 0 : (double) fresh / all;
  }

  private boolean isGone(String agent) {
    return switch (around.peers(agent)) {
      case DEAD, LEFT -> true;
      case ALIVE, UNKNOWN -> false;
    };
  }

  private List<AgentView> agents(String pool) {
    Map<String, Progress.Standing> standings = new HashMap<>();
    around.standings().forEach(one -> standings.put(one.agent(), one));
    List<AgentView> views = new ArrayList<>();
    for (Judge.Agent agent : around.agents()) {
      if (agent.pools().contains(pool) || loads.has(agent.name(), pool)) {
        views.add(view(agent.name(), pool, standings.get(agent.name())));
      }
    }
    return views;
  }

  private AgentView view(String agent, String pool, Progress.@Nullable Standing is) {
    AgentView.Standing standing;
    long seen = 0;
    switch (is) {
      case Progress.Standing.Current current -> {
        standing = AgentView.Standing.CURRENT;
        seen = current.revision();
      }
      case Progress.Standing.Behind _, Progress.Standing.Rejecting _ ->
          standing = AgentView.Standing.BEHIND;
      case Progress.Standing.Stale _ ->
          standing = isGone(agent) ? AgentView.Standing.GONE : AgentView.Standing.AWAY;
      case null -> standing = AgentView.Standing.GONE;
    }
    return new AgentView(agent, standing, seen, loads.reported(agent), loads.inFlight(agent, pool));
  }

  /** Whatever there is to do for it is done: written, called, asked. */
  private void step(Scaling one) {
    Image now = image;
    if (now == null || scalers.get(one.name) != one) {
      return;
    }
    ScalerRecord record = record(one.name, now);
    if (one.awaited != null) {
      if (!record.equals(one.awaited)) {
        return;
      }
      one.awaited = null;
      one.answer(record);
    }
    long at = nanos.getAsLong();
    ask(one, record, at);
    call(one, record, at);
    Optional<ScaledPool> pool = pool(one, now);
    if (pool.isEmpty()) {
      return;
    }
    if (one.done != null) {
      ScalerRecord after = one.after(record, one.done, pool.get().searching(), clock.instant());
      one.done = null;
      write(one, record, new Step(after, Optional.empty()), now);
      return;
    }
    if (!one.registrations.isEmpty()) {
      ScalerRecord after = Registering.all(one, record, clock.instant());
      if (after.equals(record)) {
        one.answer(record);
      } else {
        write(one, record, new Step(after, Optional.empty()), now);
        return;
      }
    }
    Step step =
        one.lifecycle.next(
            one.name,
            one.pool(),
            record,
            revision(one.name, now),
            one.situation(pool.get(), agents(one.pool()), at, clock.instant()));
    one.learn();
    boolean remember =
        record.getDecision() != 0
            && at - one.rememberedAt >= REMEMBER.toNanos()
            && one.recommendation != null;
    if (!step.record().equals(record) || step.decision().isPresent() || remember) {
      write(one, record, step, now);
    }
  }

  private void write(Scaling one, ScalerRecord before, Step step, Image now) {
    long at = nanos.getAsLong();
    one.rememberedAt = at;
    ByteString memory = ByteString.copyFrom(one.recommender.memory());
    Step whole =
        new Step(
            Past.kept(
                before,
                revision(one.name, now),
                step.record().toBuilder().setMemory(memory).build()),
            step.decision());
    if (whole.record().equals(before) && whole.decision().isEmpty()) {
      return;
    }
    if (step.decision().isPresent()) {
      one.attempts = 0;
      one.callDue = Long.MIN_VALUE;
    }
    one.awaitedSince = at;
    around.decide(
        one.name,
        whole.decision(),
        number -> {
          // Once only, when it is numbered: it is this that has to be seen.
          ScalerRecord numbered =
              whole.numbered(number, "%s-%d-%d".formatted(one.name, term, number));
          one.awaited = numbered;
          return numbered;
        });
  }

  private void ask(Scaling one, ScalerRecord record, long now) {
    if (one.line == null || !one.wantsList(record, now)) {
      return;
    }
    one.asking = true;
    one.line.list(outcome -> {
      one.asking = false;
      long then = nanos.getAsLong();
      one.listDue = then + one.listPause(record).toNanos();
      switch (outcome) {
        case HookLine.Outcome.Done<HookLine.Told> told -> {
          one.listed(told.value(), then);
          if (!one.calling && one.attempts == 0) {
            one.hookError = "";
          }
        }
        case HookLine.Outcome.Failed<HookLine.Told> failed -> failed(one, failed.sentence());
      }
      step(one);
    });
  }

  private static void failed(Scaling one, String sentence) {
    if (!sentence.equals(one.hookError)) {
      log.atWarn()
          .addKeyValue("scaler", one.name)
          .addKeyValue("reason", sentence)
          .log("a scaler's hook fails");
    }
    one.hookError = sentence;
  }

  private void call(Scaling one, ScalerRecord record, long now) {
    if (one.line == null
        || !record.hasCall()
        || record.getCall().getKey().isEmpty()
        || one.calling
        || one.done != null
        || now < one.callDue) {
      return;
    }
    HookCall call = record.getCall();
    one.calling = true;
    Order order =
        new Order(
            call.getKey(),
            one.name,
            one.pool(),
            record.getInstancesCount(),
            call.getDesired(),
            record.getReason());
    one.line.order(
        call,
        order,
        outcome -> {
          one.calling = false;
          long then = nanos.getAsLong();
          switch (outcome) {
            case HookLine.Outcome.Done<io.weir.controller.provision.Answer> answer -> {
              one.done = answer.value();
              one.hookError = "";
              one.attempts = 0;
              one.listDue = Long.MIN_VALUE;
              one.lifecycle.called(then);
            }
            case HookLine.Outcome.Failed<io.weir.controller.provision.Answer> failed -> {
              one.attempts++;
              failed(one, failed.sentence());
              one.callDue = then + pause(one, failed).toNanos();
            }
          }
          step(one);
        });
  }

  /** Full jitter under a bound that doubles. */
  private Duration pause(
      Scaling one, HookLine.Outcome.Failed<io.weir.controller.provision.Answer> failed) {
    long bound =
        Math.min(
            LAST_RETRY.toNanos(), FIRST_RETRY.toNanos() << Math.min(DOUBLINGS, one.attempts - 1));
    long pause = Math.max(LEAST_RETRY.toNanos(), (long) (random.nextDouble() * bound));
    pause = Math.max(pause, failed.pause().map(Duration::toNanos).orElse(0L));
    return Duration.ofNanos(failed.retryable() ? pause : Math.max(pause, REFUSED_RETRY.toNanos()));
  }

  /** Completes once it is in the store; empty: there is no such scaler. */
  Optional<CompletableFuture<RegisterResponse>> register(RegisterRequest request) {
    Scaling one = scalers.get(request.getScaler());
    if (one == null) {
      return Optional.empty();
    }
    CompletableFuture<RegisterResponse> answer = one.register(request);
    step(one);
    return Optional.of(answer);
  }

  /** Adds what is known here of it. */
  void describe(Resource scaler, ScalerStatus.Builder status) {
    Scaling one = scalers.get(scaler.getMetadata().getName());
    Image now = image;
    if (one != null && now != null) {
      ScalerRecord record = record(one.name, now);
      pool(one, now)
          .ifPresent(pool -> {
            status.clear();
            one.describe(pool, record, status);
          });
    }
  }
}
