package io.weir.controller.reconcile;

import com.google.protobuf.ByteString;
import io.weir.controller.failover.Deliberation;
import io.weir.controller.failover.Records;
import io.weir.controller.health.Effect;
import io.weir.controller.health.Ring;
import io.weir.controller.health.Settings;
import io.weir.controller.health.Target;
import io.weir.controller.health.Verdict;
import io.weir.controller.instances.Step;
import io.weir.controller.model.Config;
import io.weir.controller.provision.Recommendations;
import io.weir.v1.AgentStatus;
import io.weir.v1.DiscoveryChanged;
import io.weir.v1.Gossip;
import io.weir.v1.HealthReport;
import io.weir.v1.LoadReport;
import io.weir.v1.MembershipReport;
import io.weir.v1.PoolSpec;
import io.weir.v1.PoolStatus;
import io.weir.v1.RegisterRequest;
import io.weir.v1.RegisterResponse;
import io.weir.v1.Resource;
import io.weir.v1.RolloutMoved;
import io.weir.v1.RolloutProgress;
import io.weir.v1.ScalerRecord;
import io.weir.v1.ScalerStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Has the fleet judged and its pools moved: feeds {@link Deliberation}, writes what it decides and
 * then has it delivered. What cannot be written is tried again and is not in effect meanwhile;
 * agents have their reflexes. One for each term in which this controller leads. Confined to the
 * loop's thread.
 */
final class Conclusions implements Judge {
  private final long term;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final DecisionWriter writer;
  private final Leading loop;
  private final Deliberation deliberation;
  private final Delivery delivery;
  private final RolloutDriver rollouts;
  private final ScalerDriver scalers;
  private final Ring ring = new Ring();
  private final Enactment enactment;
  private final Presence presence;
  private final Findings findings;
  private DecisionLog.@Nullable Loaded left;
  private @Nullable Config config;
  private boolean begun;
  private boolean stopped;
  private long tickAt = Long.MAX_VALUE;

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
      Leading loop) {
    this.term = term;
    this.clock = clock;
    this.nanos = nanos;
    this.loop = loop;
    this.deliberation = new Deliberation(term, settings);
    this.writer =
        new DecisionWriter(
            term, decisionLog, io, this::post, this::later, () -> loop.superseded(term));
    this.presence = new Presence(deliberation, ring, clock, nanos, this::later, this::pump);
    this.findings = new Findings(deliberation, history, clock, nanos);
    this.delivery = new Delivery(term, deliberation.board(), signer, this::later);
    this.enactment =
        new Enactment(
            deliberation, history, new Descriptions(deliberation, ring, nanos), delivery, loop);
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
      return presence.agents();
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
    writer.read(loaded -> {
      left = loaded;
      begin();
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
    Config offered = next.offered();
    if (!offered.equals(config)) {
      config = offered;
      if (begun) {
        declare(offered, nanos.getAsLong(), clock.instant());
        pump();
      } else {
        begin();
      }
    }
    if (!stopped) {
      // That may have found out that another controller has the term by now.
      rollouts.update(next.staging());
      scalers.update(next);
    }
  }

  private void declare(Config next, long now, Instant wall) {
    Map<String, PoolSpec> pools = next.pools();
    deliberation.declare(pools, next.revision(), now, wall);
    presence.declare(pools.values());
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
    declare(config, now, wall);
    deliberation.restore(
        left.records().explained(left.decisions()),
        left.availability(),
        left.nextNumber(),
        now,
        wall);
    enactment.begin(left);
    presence.begin();
    loop.begun();
    rollouts.begin(left.decisions());
    scalers.begin(left.scaled());
    pump();
  }

  @Override
  public void agent(Agent agent) {
    delivery.runs(agent.name(), agent.pools());
    if (presence.changed(agent)) {
      pump();
    }
  }

  @Override
  public void gone(String name) {
    rollouts.forget(name);
    scalers.forget(name);
    if (presence.gone(name)) {
      pump();
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
    Set<String> changed = presence.report(name, report);
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
        .ifPresent(batch -> {
          Records after = enactment.after(batch.changes(), wall);
          writer.write(
              batch,
              after,
              () -> {
                enactment.written(batch, after);
                pump();
              });
        });
  }

  @Override
  public void describe(String name, boolean connected, AgentStatus.Builder status) {
    enactment.describe(name, connected, status);
  }

  /** Adds the verdicts, and where the pool is. */
  void describe(String pool, PoolStatus.Builder status) {
    enactment.describe(pool, status);
  }

  /** Empty until earlier decisions are in force. */
  Optional<Gossip> ring() {
    return begun ? Optional.of(delivery.ring()) : Optional.empty();
  }

  boolean hasBegun() {
    return begun;
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
  Optional<CompletableFuture<RegisterResponse>> register(RegisterRequest request) {
    return begun ? scalers.register(request) : Optional.empty();
  }

  /** Why things are as they are. */
  Findings findings() {
    return findings;
  }

  /** A controller that agents were connected to is not heard of any more. */
  void lostSight() {
    if (begun) {
      presence.grace();
    }
  }

  /** Its term is over, or the controller stops: whatever is still under way comes to nothing. */
  void stop() {
    stopped = true;
    scalers.stop();
  }
}
