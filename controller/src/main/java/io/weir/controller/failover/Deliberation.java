package io.weir.controller.failover;

import com.google.protobuf.Timestamp;
import io.weir.controller.failover.FailoverPlanner.Move;
import io.weir.controller.health.Check;
import io.weir.controller.health.Effect;
import io.weir.controller.health.Flaps;
import io.weir.controller.health.Member;
import io.weir.controller.health.Settings;
import io.weir.controller.health.Target;
import io.weir.controller.health.Verdict;
import io.weir.controller.health.VerdictBoard;
import io.weir.controller.health.VerdictBoard.PoolCheck;
import io.weir.v1.AgentTrust;
import io.weir.v1.Decision;
import io.weir.v1.DiscoveryChanged;
import io.weir.v1.EjectionsFrozen;
import io.weir.v1.Endpoint;
import io.weir.v1.EndpointJudged;
import io.weir.v1.EndpointRecord;
import io.weir.v1.HealthReport;
import io.weir.v1.PoolAvailability;
import io.weir.v1.PoolMoved;
import io.weir.v1.PoolSpec;
import io.weir.v1.RolloutMoved;
import io.weir.v1.ScaleDecided;
import io.weir.v1.ScalerRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The verdicts and the failovers of a fleet, as numbered decisions: made here, written by whoever
 * drives this, and in effect once written. What is pending is in order; {@link #next} hands it out
 * batch by batch, one at a time.
 *
 * <p>{@code now} is monotonic, in nanoseconds; {@code wall} only stamps what is kept. One thread at
 * a time.
 */
public final class Deliberation {
  private static final int MAX_BATCH = 60;
  private static final int MAX_BATCH_BYTES = 400_000;
  private static final int MAX_RECORD_REASON = 80;
  private static final long AVAILABILITY_EVERY = Duration.ofMinutes(5).toNanos();
  private static final int AVAILABILITY_BATCH = 16;

  /** Something decided that is not yet in effect. */
  private record Pending(@Nullable Decision decision, Change change) {}

  /**
   * What is to be written, all of it or nothing, before it takes effect.
   *
   * @param changes of what is recorded of pools, in order
   * @param nextNumber that no decision has had
   * @param availability of pools, to be kept besides
   */
  public record Batch(
      List<Decision> decisions,
      List<Change> changes,
      long nextNumber,
      List<PoolAvailability> availability) {
    public Batch {
      decisions = List.copyOf(decisions);
      changes = List.copyOf(changes);
      availability = List.copyOf(availability);
    }
  }

  private final long term;
  private final VerdictBoard board;
  private final Settings settings;
  private final FailoverPlanner planner = new FailoverPlanner();
  private final Availability availability = new Availability();
  private final Queue<Pending> pending = new ArrayDeque<>();
  private final List<Effect.Verify> verifications = new ArrayList<>();
  private final List<Decision> news = new ArrayList<>();
  private final Map<String, Long> lastOfPool = new HashMap<>();
  private final Map<String, Long> lastOfAgent = new HashMap<>();
  private final Map<String, Long> lastOfScaler = new HashMap<>();
  private final Set<String> unwrittenAvailability = new LinkedHashSet<>();
  private final Map<Target, Judgement> judgements = new HashMap<>();
  private Map<String, PoolSpec> pools = Map.of();
  private long configRevision;
  private long nextNumber = 1;
  private long availabilityDue = Long.MAX_VALUE;
  private int handedOut;
  private List<String> handedAvailability = List.of();

  private record Judgement(long decision, String reason) {}

  public Deliberation(long term, Settings settings) {
    this.term = term;
    this.settings = settings;
    this.board = new VerdictBoard(settings);
  }

  /** The rules' own state, to ask; whoever drives this calls only its questions. */
  public VerdictBoard board() {
    return board;
  }

  /**
   * Takes up what earlier controllers left, after the first {@link #declare} and before anything is
   * heard.
   */
  public void restore(
      Records records, List<PoolAvailability> kept, long number, long now, Instant wall) {
    nextNumber = number;
    records.each((pool, record) -> {
      if (!pools.containsKey(pool)) {
        pending.add(new Pending(null, new Change.PoolGone(pool)));
        return;
      }
      planner.restore(pool, record.getFloor());
      for (EndpointRecord endpoint : record.getEndpointsList()) {
        Target target = new Target(pool, endpoint.getEndpoint());
        board.restore(
            target,
            new VerdictBoard.Restored(
                Records.verdict(endpoint), endpoint.getReason(), flaps(endpoint, now, wall)),
            now);
        judgements.put(target, new Judgement(endpoint.getDecision(), endpoint.getReason()));
        undeclared(target);
      }
    });
    kept.stream()
        .filter(one -> pools.containsKey(one.getPool()))
        .forEach(one -> availability.restore(one, now));
    availabilityDue = now + AVAILABILITY_EVERY;
    List.copyOf(pools.keySet()).forEach(pool -> look(pool, now, wall));
  }

  private Flaps flaps(EndpointRecord endpoint, long now, Instant wall) {
    if (endpoint.getEjections() == 0) {
      return Flaps.NONE;
    }
    // A clock that jumped holds nothing down for longer than the most it could be.
    long ago = Math.max(0, Duration.between(instant(endpoint.getEjected()), wall).toNanos());
    long left = Duration.between(wall, instant(endpoint.getHeldUntil())).toNanos();
    return new Flaps(
        endpoint.getEjections(),
        now - Math.min(ago, settings.flapWindow() + 1),
        now + Math.clamp(left, 0L, settings.holdMost()));
  }

  /** From now on these pools are judged, by the configuration of that revision. */
  public void declare(Map<String, PoolSpec> declared, long revision, long now, Instant wall) {
    Map<String, PoolSpec> before = pools;
    pools = new TreeMap<>(declared);
    configRevision = revision;
    Map<String, PoolCheck> checks = new TreeMap<>();
    pools.forEach((pool, spec) -> {
      if (spec.hasHealth()) {
        checks.put(
            pool,
            new PoolCheck(
                Check.of(spec.getHealth()),
                spec.getEndpointsList().stream()
                    .filter(endpoint -> !endpoint.getMaintenance())
                    .map(Endpoint::getAddress)
                    .toList()));
      }
    });
    List<Target> judged = judgedOf(before);
    absorb(board.declare(checks, now), now, wall);
    planner.retain(pools.keySet());
    availability.retain(pools.keySet());
    lastOfPool.keySet().retainAll(pools.keySet());
    judgements.keySet().removeIf(target -> !board.isJudged(target));
    judged.forEach(this::undeclared);
    before.keySet().stream()
        .filter(pool -> !pools.containsKey(pool))
        .forEach(pool -> pending.add(new Pending(null, new Change.PoolGone(pool))));
    pools.forEach((pool, spec) -> {
      if (!spec.equals(before.get(pool))) {
        look(pool, now, wall);
      }
    });
  }

  private List<Target> judgedOf(Map<String, PoolSpec> declared) {
    List<Target> judged = new ArrayList<>();
    declared.forEach((pool, spec) ->
        spec.getEndpointsList().stream()
            .map(endpoint -> new Target(pool, endpoint.getAddress()))
            .filter(board::isJudged)
            .forEach(judged::add));
    return judged;
  }

  /** What is recorded of an endpoint that is judged no more is no longer true. */
  private void undeclared(Target target) {
    if (!board.isJudged(target)) {
      pending.add(new Pending(null, new Change.EndpointGone(target.pool(), target.endpoint())));
    }
  }

  public void member(Member member, long now, Instant wall) {
    absorb(board.member(member, now), now, wall);
  }

  public void forget(String agent, long now, Instant wall) {
    absorb(board.forget(agent, now), now, wall);
    lastOfAgent.remove(agent);
  }

  public void report(String agent, HealthReport report, long now, Instant wall) {
    absorb(board.report(agent, report, now), now, wall);
  }

  /** A change that goes out step by step has moved, which is in the store by itself. */
  public void note(RolloutMoved moved, Instant wall) {
    pending.add(
        new Pending(
            decision(moved.getTransition().getReason(), 0, wall).setRollout(moved).build(),
            new Change.None()));
  }

  /**
   * The number of a pool's endpoints is to change, or what is recorded of that.
   *
   * @param decided null: it is no decision
   * @param record by the decision's number; 0: there is none
   */
  public void scaled(
      String scaler,
      @Nullable ScaleDecided decided,
      String reason,
      LongFunction<ScalerRecord> record,
      Instant wall) {
    Decision decision = null;
    long number = 0;
    if (decided != null) {
      ScaleDecided.Builder whole = decided.toBuilder();
      Decision.Builder numbered = decision(reason, lastOfScaler.getOrDefault(scaler, 0L), wall);
      whole.getVictimsBuilderList().forEach(one -> one.setDecision(numbered.getNumber()));
      decision = numbered.setScale(whole).build();
      number = decision.getNumber();
      lastOfScaler.put(scaler, number);
    }
    pending.add(
        new Pending(decision, new Change.Scaled(scaler, Optional.of(record.apply(number)))));
  }

  /** Nothing is recorded of the scaler any more. */
  public void forgetScaler(String scaler) {
    lastOfScaler.remove(scaler);
    pending.add(new Pending(null, new Change.Scaled(scaler, Optional.empty())));
  }

  public void thaw(long now, Instant wall) {
    absorb(board.thaw(now), now, wall);
  }

  /** What time alone brings about. */
  public void tick(long now, Instant wall) {
    absorb(board.tick(now), now, wall);
    if (planner.nextDue() <= now) {
      for (String pool : List.copyOf(pools.keySet())) {
        if (planner.due(pool) <= now) {
          look(pool, now, wall);
        }
      }
    }
    if (now >= availabilityDue) {
      availabilityDue = now + AVAILABILITY_EVERY;
      unwrittenAvailability.addAll(pools.keySet());
    }
  }

  /** When {@link #tick} has something to do at the earliest. */
  public long nextDue() {
    return Math.min(availabilityDue, Math.min(board.nextDue(), planner.nextDue()));
  }

  /** Finding a pool's endpoints begins or ends to fail; nothing follows from it. */
  public void discovery(DiscoveryChanged changed, String reason, Instant wall) {
    pending.add(
        new Pending(decision(reason, 0, wall).setDiscovery(changed).build(), new Change.None()));
  }

  private void absorb(List<Effect> effects, long now, Instant wall) {
    Set<String> touched = new LinkedHashSet<>();
    for (Effect effect : effects) {
      switch (effect) {
        case Effect.Verify verify -> verifications.add(verify);
        case Effect.Judged judged -> {
          judged(judged, now, wall);
          touched.add(judged.target().pool());
        }
        case Effect.Frozen frozen ->
            pending.add(
                new Pending(
                    decision(frozen.reason(), 0, wall)
                        .setFreeze(
                            EjectionsFrozen.newBuilder()
                                .setFrozen(frozen.frozen())
                                .setFailing(frozen.failing())
                                .setEndpoints(frozen.endpoints()))
                        .build(),
                    new Change.None()));
        case Effect.Trusted trusted -> {
          Decision decision =
              decision(trusted.reason(), 0, wall)
                  .setAgent(
                      AgentTrust.newBuilder()
                          .setAgent(trusted.agent())
                          .setTrusted(trusted.trusted())
                          .setDisagrees(trusted.disagrees())
                          .setObserves(trusted.observes()))
                  .build();
          lastOfAgent.put(trusted.agent(), decision.getNumber());
          pending.add(new Pending(decision, new Change.None()));
        }
      }
    }
    touched.forEach(pool -> look(pool, now, wall));
  }

  private void judged(Effect.Judged judged, long now, Instant wall) {
    Target target = judged.target();
    Decision decision = null;
    long number = judged.follows().map(agent -> lastOfAgent.getOrDefault(agent, 0L)).orElse(0L);
    List<String> unreachedBy =
        judged.verdict() instanceof Verdict.Asymmetric asymmetric
            ? List.copyOf(asymmetric.agents())
            : List.of();
    if (judged.isDecision()) {
      decision =
          decision(judged.reason(), 0, wall)
              .setEndpoint(
                  EndpointJudged.newBuilder()
                      .setPool(target.pool())
                      .setEndpoint(target.endpoint())
                      .setBefore(judged.before().wire())
                      .setVerdict(judged.verdict().wire())
                      .addAllVotes(judged.votes())
                      .addAllUnreachedBy(unreachedBy))
              .build();
      number = decision.getNumber();
      lastOfPool.put(target.pool(), number);
    }
    judgements.put(target, new Judgement(number, judged.reason()));
    if (decision == null && judged.follows().isEmpty()) {
      return;
    }
    EndpointRecord.Builder record =
        EndpointRecord.newBuilder()
            .setEndpoint(target.endpoint())
            .setVerdict(judged.verdict().wire())
            .setDecision(number)
            .setReason(shortened(judged.reason()))
            .addAllUnreachedBy(unreachedBy);
    Flaps flaps = judged.flaps();
    if (flaps.ejections() > 0) {
      record
          .setEjections(flaps.ejections())
          .setEjected(timestamp(wall.minusNanos(now - flaps.last())))
          .setHeldUntil(timestamp(wall.plusNanos(Math.max(0, flaps.heldUntil() - now))));
    }
    pending.add(new Pending(decision, new Change.Judged(target.pool(), record.build())));
  }

  /** Thousands of these fit in one value of the store; the decision has all of it. */
  private static String shortened(String reason) {
    return reason.length() <= MAX_RECORD_REASON
        ? reason
        : reason.substring(0, MAX_RECORD_REASON - 1) + "…";
  }

  /** Whether the pool is to be moved, and whether it is up. */
  private void look(String pool, long now, Instant wall) {
    PoolSpec spec = pools.get(pool);
    if (spec == null) {
      return;
    }
    PoolView view = PoolView.of(pool, spec, address -> board.verdict(new Target(pool, address)));
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    spec.getEndpointsList()
        .forEach(endpoint ->
            verdicts.put(
                endpoint.getAddress(), board.verdict(new Target(pool, endpoint.getAddress()))));
    availability.update(pool, verdicts, view.serving().isPresent(), now, wall);
    planner.plan(view, now).ifPresent(move -> moved(move, wall));
  }

  private void moved(Move move, Instant wall) {
    Decision decision =
        decision(move.reason(), lastOfPool.getOrDefault(move.pool(), 0L), wall)
            .setPool(
                PoolMoved.newBuilder()
                    .setPool(move.pool())
                    .setFrom(move.from())
                    .setTo(move.to())
                    .setUsableFrom(move.usableFrom())
                    .setUsableTo(move.usableTo()))
            .build();
    pending.add(
        new Pending(
            decision,
            new Change.Moved(move.pool(), move.to(), decision.getNumber(), move.reason())));
  }

  private Decision.Builder decision(String reason, long cause, Instant wall) {
    return Decision.newBuilder()
        .setNumber(nextNumber++)
        .setTime(timestamp(wall))
        .setTerm(term)
        .setConfigRevision(configRevision)
        .setCause(cause)
        .setReason(reason);
  }

  /** What is to be written next; empty while there is nothing, or the last is not yet written. */
  public Optional<Batch> next(long now, Instant wall) {
    if (handedOut > 0 || !handedAvailability.isEmpty()) {
      return Optional.empty();
    }
    List<Decision> decisions = new ArrayList<>();
    List<Change> changes = new ArrayList<>();
    Set<String> touched = new HashSet<>();
    int bytes = 0;
    for (Pending one : pending) {
      bytes += one.decision() == null ? 0 : one.decision().getSerializedSize();
      bytes +=
          one.change() instanceof Change.Scaled scaled
              ? scaled.record().map(ScalerRecord::getSerializedSize).orElse(0)
              : 0;
      if (handedOut == MAX_BATCH || (handedOut > 0 && bytes > MAX_BATCH_BYTES)) {
        break;
      }
      if (one.decision() != null) {
        decisions.add(one.decision());
      }
      changes.add(one.change());
      one.change().pool().ifPresent(touched::add);
      handedOut++;
    }
    if (handedOut == 0 && unwrittenAvailability.isEmpty()) {
      return Optional.empty();
    }
    unwrittenAvailability.retainAll(pools.keySet());
    touched.retainAll(pools.keySet());
    unwrittenAvailability.addAll(touched);
    handedAvailability = unwrittenAvailability.stream().limit(AVAILABILITY_BATCH).toList();
    unwrittenAvailability.removeAll(handedAvailability);
    return handedOut == 0 && handedAvailability.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Batch(
                decisions,
                changes,
                nextNumber,
                handedAvailability.stream()
                    .map(pool -> availability.read(pool, now, wall))
                    .toList()));
  }

  /** The batch handed out last is in the store. */
  public void written() {
    for (; handedOut > 0; handedOut--) {
      Decision decision = pending.remove().decision();
      if (decision != null) {
        news.add(decision);
      }
    }
    handedAvailability = List.of();
  }

  /**
   * Whether something that is not yet written overtakes a change that just was: a store that was
   * away for a while is told late, and agents are not to act on what has long been taken back.
   */
  public boolean isOvertaken(Change change) {
    return pending.stream().anyMatch(later -> later.change().isAbout(change));
  }

  /** Decisions that took effect since this was last asked, oldest first. */
  public List<Decision> news() {
    List<Decision> taken = List.copyOf(news);
    news.clear();
    return taken;
  }

  /** Who is to be asked since this was last asked; that waits for no store. */
  public List<Effect.Verify> verifications() {
    List<Effect.Verify> taken = List.copyOf(verifications);
    verifications.clear();
    return taken;
  }

  /** Why no agent sends the endpoint new requests, as a clause; empty: some do. */
  public Optional<String> unusable(String pool, Endpoint endpoint) {
    return PoolView.unusable(endpoint, board.verdict(new Target(pool, endpoint.getAddress())));
  }

  /** Of the decision behind an endpoint's verdict; 0: none was needed. */
  public long decisionOn(Target target) {
    Judgement judgement = judgements.get(target);
    return judgement == null ? 0 : judgement.decision();
  }

  public int floor(String pool) {
    return planner.floor(pool);
  }

  public PoolAvailability availability(String pool, long now, Instant wall) {
    return availability.read(pool, now, wall);
  }

  static Timestamp timestamp(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }

  static Instant instant(Timestamp at) {
    return Instant.ofEpochSecond(at.getSeconds(), at.getNanos());
  }
}
