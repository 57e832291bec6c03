package io.weir.controller.reconcile;

import com.google.protobuf.ByteString;
import io.weir.controller.failover.Deliberation;
import io.weir.controller.failover.Deliberation.Batch;
import io.weir.controller.failover.Records;
import io.weir.controller.health.Check;
import io.weir.controller.health.Effect;
import io.weir.controller.health.Ring;
import io.weir.controller.health.Settings;
import io.weir.controller.health.Target;
import io.weir.controller.health.Verdict;
import io.weir.controller.instances.Step;
import io.weir.controller.model.Config;
import io.weir.controller.model.Kind;
import io.weir.controller.provision.Recommendations;
import io.weir.controller.rollout.Member;
import io.weir.controller.store.StoreException;
import io.weir.v1.AgentStatus;
import io.weir.v1.Decision;
import io.weir.v1.DiscoveryChanged;
import io.weir.v1.ExplainResponse;
import io.weir.v1.Gossip;
import io.weir.v1.HealthReport;
import io.weir.v1.LoadReport;
import io.weir.v1.MembershipReport;
import io.weir.v1.PoolAvailability;
import io.weir.v1.PoolSpec;
import io.weir.v1.PoolStatus;
import io.weir.v1.RegisterRequest;
import io.weir.v1.Resource;
import io.weir.v1.RolloutMoved;
import io.weir.v1.RolloutProgress;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerRecord;
import io.weir.v1.ScalerStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the fleet judged and its pools moved: feeds {@link Deliberation}, writes what it decides and
 * then has it delivered. What cannot be written is tried again and is not in effect meanwhile;
 * agents have their reflexes. One for each term in which this controller leads. Confined to the
 * loop's thread.
 */
final class Conclusions implements Judge {
  private static final Logger log = LoggerFactory.getLogger(Conclusions.class);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final int DECISIONS = 10;
  private static final long LEAST_GRACE = Duration.ofSeconds(10).toNanos();

  private final long term;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final DecisionLog decisionLog;
  private final Executor io;
  private final Loop loop;
  private final Deliberation deliberation;
  private final DecisionHistory history;
  private final Delivery delivery;
  private final RolloutDriver rollouts;
  private final ScalerDriver scalers;
  private final Ring ring = new Ring();
  private final Descriptions described;
  private final Map<String, Agent> agents = new TreeMap<>();
  private Records records = Records.EMPTY;
  private DecisionLog.@Nullable Loaded left;
  private @Nullable Config config;
  private boolean begun;

  /** How many of the agents are. */
  private int connected;

  private boolean stopped;
  private long graceUntil;
  private long tickAt = Long.MAX_VALUE;

  /** The thread this is confined to. */
  interface Loop {
    /** Callable from any thread. */
    void post(Runnable task);

    /** On the loop; callable from it. */
    void later(Duration delay, Runnable task);

    /** The status of these pools has changed. */
    void pools(Collection<String> names);

    /** How these agents stand has changed. */
    void agents(Collection<String> names);

    /** All agents, as rollouts look at them. */
    Collection<Member> members();

    /** How far each agent has come. */
    Collection<Progress.Standing> standings();

    /** What is known of these scalers has changed. */
    void scalers(Collection<String> names);

    /** What a scaler recommends now. */
    void recommended(Recommendations.View view);

    /** Why no agent is to have a staged change yet; empty: nothing is in its way. */
    String hindrance(long change);

    /** How far a rollout is has changed. */
    void rollouts();

    /** Whether this controller may act in {@code term}. */
    boolean holds(long term);

    /** Another controller has taken the term after this one, or may have. */
    void superseded(long term);

    /** What earlier controllers decided is in force again. */
    void begun();
  }

  Conclusions(
      long term,
      InstantSource clock,
      LongSupplier nanos,
      Settings settings,
      DecisionLog decisionLog,
      RolloutLog rolloutLog,
      ByteString signer,
      DecisionHistory history,
      Hooks hooks,
      RandomGenerator random,
      Executor io,
      Loop loop) {
    this.term = term;
    this.clock = clock;
    this.nanos = nanos;
    this.decisionLog = decisionLog;
    this.history = history;
    this.io = io;
    this.loop = loop;
    this.deliberation = new Deliberation(term, settings);
    this.described = new Descriptions(deliberation, ring, nanos);
    this.delivery = new Delivery(term, deliberation.board(), signer, this::later);
    this.rollouts =
        new RolloutDriver(
            term,
            rolloutLog,
            clock,
            nanos,
            io,
            this::post,
            this::later,
            loop::members,
            loop::hindrance,
            this::note,
            loop::rollouts);
    this.scalers =
        new ScalerDriver(
            term, hooks, clock, nanos, random, io, this::post, this::later, new Scaled());
  }

  /** What scalers are to know of the rest, and what they have done. */
  private final class Scaled implements ScalerDriver.Around {
    @Override
    public Verdict verdict(String pool, String endpoint) {
      return deliberation.board().verdict(new Target(pool, endpoint));
    }

    @Override
    public Collection<Agent> agents() {
      return agents.values();
    }

    @Override
    public Collection<Progress.Standing> standings() {
      return loop.standings();
    }

    @Override
    public Ring.Standing peers(String agent) {
      return ring.standing(agent);
    }

    @Override
    public void decide(
        String scaler, Optional<Step.Draft> draft, LongFunction<ScalerRecord> record) {
      deliberation.scaled(
          scaler,
          draft.map(Step.Draft::decided).orElse(null),
          draft.map(Step.Draft::reason).orElse(""),
          record,
          clock.instant());
      pump();
    }

    @Override
    public void forget(String scaler) {
      deliberation.forgetScaler(scaler);
      pump();
    }

    @Override
    public void news(Collection<String> names) {
      loop.scalers(names);
    }

    @Override
    public void recommended(Recommendations.View view) {
      loop.recommended(view);
    }
  }

  void start() {
    io.execute(() -> {
      try {
        Optional<DecisionLog.Loaded> loaded = decisionLog.load(term);
        post(() ->
            loaded.ifPresentOrElse(
                there -> {
                  left = there;
                  begin();
                },
                () -> loop.superseded(term)));
      } catch (StoreException e) {
        log.atWarn()
            .addKeyValue("reason", e.getMessage())
            .addKeyValue("retry", RETRY)
            .log("cannot read earlier decisions; nothing is judged meanwhile");
        post(() -> later(RETRY, this::start));
      }
    });
  }

  private void post(Runnable task) {
    loop.post(() -> unlessStopped(task));
  }

  private void later(Duration delay, Runnable task) {
    loop.later(delay, () -> unlessStopped(task));
  }

  private void unlessStopped(Runnable task) {
    if (!stopped) {
      task.run();
    }
  }

  void update(Image next) {
    update(next.offered());
    if (!stopped) {
      // That may have found out that another controller has the term by now.
      rollouts.update(next.staging());
      scalers.update(next);
    }
  }

  private void update(Config next) {
    if (!next.equals(config)) {
      config = next;
      if (begun) {
        deliberation.declare(pools(next), next.revision(), nanos.getAsLong(), clock.instant());
        pump();
      } else {
        begin();
      }
    }
  }

  private void note(RolloutMoved moved, Instant wall) {
    deliberation.note(moved, wall);
    pump();
  }

  /** How far a staged change is. */
  Optional<RolloutProgress> progress(long number) {
    return rollouts.progress(number);
  }

  @Override
  public void report(String name, LoadReport report) {
    rollouts.report(name, report);
    scalers.report(name, report);
  }

  /** Once both the configuration and the decisions are there. */
  private void begin() {
    if (begun || left == null || config == null) {
      return;
    }
    begun = true;
    long now = nanos.getAsLong();
    Instant wall = clock.instant();
    Map<String, PoolSpec> pools = pools(config);
    deliberation.declare(pools, config.revision(), now, wall);
    records = left.records();
    deliberation.restore(
        records.explained(left.decisions()), left.availability(), left.nextNumber(), now, wall);
    history.begin(left.decisions());
    delivery.begin(left.keys(), records);
    grantGrace();
    agents.values().forEach(this::feed);
    loop.begun();
    rollouts.begin(left.decisions());
    scalers.begin();
    pump();
  }

  private static long grace(Collection<PoolSpec> pools) {
    return pools.stream()
        .filter(PoolSpec::hasHealth)
        .mapToLong(spec -> 3 * Check.of(spec.getHealth()).interval())
        .reduce(LEAST_GRACE, Math::max);
  }

  /**
   * For a while agents of which nothing is heard count as alive, so that those that are first to
   * come, or to come back, do not decide for all.
   */
  private void grantGrace() {
    if (config != null) {
      long grace = grace(pools(config).values());
      graceUntil = nanos.getAsLong() + grace;
      later(Duration.ofNanos(grace), this::graceOver);
    }
  }

  private void graceOver() {
    agents.values().forEach(this::feed);
    pump();
  }

  private static Map<String, PoolSpec> pools(Config config) {
    Map<String, PoolSpec> pools = new HashMap<>();
    config
        .of(Kind.POOL)
        .forEach(pool -> pools.put(pool.getMetadata().getName(), pool.getPool().getSpec()));
    return pools;
  }

  @Override
  public void agent(Agent agent) {
    Agent before = agents.put(agent.name(), agent);
    delivery.runs(agent.name(), agent.pools());
    if (!agent.equals(before)) {
      boolean was = before != null && before.connected();
      connected += (agent.connected() ? 1 : 0) - (was ? 1 : 0);
      if (begun && agent.connected() && connected == 1) {
        grantGrace();
        agents.values().forEach(this::feed);
      }
      if (before != null && before.connected() && !agent.connected()) {
        ring.forget(agent.name());
      }
      feed(agent);
      pump();
    }
  }

  @Override
  public void gone(String name) {
    Agent before = agents.remove(name);
    connected -= before != null && before.connected() ? 1 : 0;
    rollouts.forget(name);
    scalers.forget(name);
    if (before != null && begun) {
      ring.forget(name);
      deliberation.forget(name, nanos.getAsLong(), clock.instant());
      pump();
    }
  }

  private void feed(Agent agent) {
    if (begun) {
      long now = nanos.getAsLong();
      boolean alive =
          agent.connected()
              || now < graceUntil
              || ring.standing(agent.name()) == Ring.Standing.ALIVE;
      deliberation.member(
          new io.weir.controller.health.Member(
              agent.name(),
              agent.zone(),
              agent.connected(),
              alive,
              ring.localHealth(agent.name()),
              agent.pools()),
          now,
          clock.instant());
    }
  }

  @Override
  public void connected(Delivery.Peer peer, AgentChannel channel) {
    delivery.connected(peer, channel);
  }

  @Override
  public void disconnected(String name, AgentChannel channel) {
    delivery.disconnected(name, channel);
  }

  @Override
  public void acked(String name) {
    delivery.acked(name);
  }

  @Override
  public void report(String name, HealthReport report) {
    if (begun) {
      deliberation.report(name, report, nanos.getAsLong(), clock.instant());
      pump();
    }
  }

  @Override
  public void report(String name, MembershipReport report) {
    int localHealth = ring.localHealth(name);
    Set<String> changed = ring.report(name, report, agents.keySet());
    Agent reporter = agents.get(name);
    if (reporter != null && localHealth != ring.localHealth(name)) {
      feed(reporter);
    }
    for (String other : changed) {
      Agent agent = agents.get(other);
      if (agent != null && !agent.connected()) {
        feed(agent);
      }
    }
    if (!changed.isEmpty()) {
      loop.agents(changed);
    }
    pump();
  }

  /** Whatever has come of the last call is done: asked, written, and seen to in time. */
  private void pump() {
    if (!begun || stopped) {
      return;
    }
    if (!loop.holds(term)) {
      loop.superseded(term);
      return;
    }
    for (Effect.Verify verify : deliberation.verifications()) {
      delivery.verify(verify);
    }
    delivery.assign();
    write();
    long due = deliberation.nextDue();
    if (due < tickAt) {
      tickAt = due;
      long now = nanos.getAsLong();
      later(Duration.ofNanos(Math.max(0, due - now)), () -> tick(due));
    }
  }

  private void tick(long due) {
    if (tickAt == due) {
      tickAt = Long.MAX_VALUE;
    }
    deliberation.tick(nanos.getAsLong(), clock.instant());
    pump();
  }

  private void write() {
    Instant wall = clock.instant();
    deliberation
        .next(nanos.getAsLong(), wall)
        .ifPresent(batch -> write(batch, records.after(batch.changes(), wall)));
  }

  private void write(Batch batch, Records after) {
    io.execute(() -> {
      try {
        DecisionLog.Outcome outcome = decisionLog.write(batch, after);
        post(() -> {
          switch (outcome) {
            case WRITTEN -> written(batch, after);
            case SUPERSEDED -> loop.superseded(term);
          }
        });
      } catch (StoreException e) {
        log.atWarn()
            .addKeyValue("decisions", batch.decisions().size())
            .addKeyValue("reason", e.getMessage())
            .log("cannot write what was decided; trying again");
        post(() -> later(RETRY, () -> write(batch, after)));
      }
    });
  }

  private void written(Batch batch, Records after) {
    records = after;
    deliberation.written();
    for (Decision decision : deliberation.news()) {
      history.add(decision);
      DecisionNotes.log(decision);
      described.decided(decision);
    }
    delivery.changed(
        after,
        batch.changes().stream().filter(change -> !deliberation.isOvertaken(change)).toList());
    Set<String> touched = Records.touched(batch.changes());
    if (!touched.isEmpty()) {
      loop.pools(touched);
    }
    loop.agents(
        batch.decisions().stream()
            .filter(Decision::hasAgent)
            .map(decision -> decision.getAgent().getAgent())
            .toList());
    pump();
  }

  @Override
  public void describe(String name, boolean connected, AgentStatus.Builder status) {
    described.agent(name, connected, status);
  }

  /** Adds the verdicts, and where the pool is. */
  void describe(String pool, PoolStatus.Builder status) {
    described.pool(pool, records, status);
  }

  /** Empty until earlier decisions are in force. */
  Optional<Gossip> ring() {
    return begun ? Optional.of(delivery.ring()) : Optional.empty();
  }

  boolean hasBegun() {
    return begun;
  }

  /** Whether the last decision on it says that finding the pool's endpoints fails. */
  boolean isDiscoveryFailing(String pool) {
    return history.newest(one -> one.getDiscovery().getPool().equals(pool), 1).stream()
        .anyMatch(one -> one.getDiscovery().getFailing());
  }

  /** Finding a pool's endpoints begins or ends to fail. */
  void discovery(DiscoveryChanged changed, String reason) {
    if (begun) {
      deliberation.discovery(changed, reason, clock.instant());
      pump();
    }
  }

  /** Adds what is known only to whoever leads. */
  void describe(Resource scaler, ScalerStatus.Builder status) {
    scalers.describe(scaler, status);
  }

  /** Completes once it is in the store; empty: there is no such scaler. */
  Optional<CompletableFuture<ScaledInstance>> register(RegisterRequest request) {
    return begun ? scalers.register(request) : Optional.empty();
  }

  /** Why there are as many endpoints as there are. */
  ExplainResponse explain(Resource scaler) {
    String name = scaler.getMetadata().getName();
    return ExplainResponse.newBuilder()
        .setScaler(scaler)
        .addAllDecisions(history.newest(one -> one.getScale().getScaler().equals(name), DECISIONS))
        .build();
  }

  ExplainResponse explain(Resource pool, String endpoint) {
    return new Explaining(deliberation, history, nanos.getAsLong()).explain(pool, endpoint);
  }

  PoolAvailability availability(String pool) {
    return deliberation.availability(pool, nanos.getAsLong(), clock.instant());
  }

  DecisionHistory history() {
    return history;
  }

  /** A controller that agents were connected to is not heard of any more. */
  void lostSight() {
    if (begun) {
      grantGrace();
      agents.values().forEach(this::feed);
    }
  }

  /** Its term is over, or the controller stops: whatever is still under way comes to nothing. */
  void stop() {
    stopped = true;
    scalers.stop();
  }
}
