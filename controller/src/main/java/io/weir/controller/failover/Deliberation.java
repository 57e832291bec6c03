package io.weir.controller.failover;

import io.weir.controller.failover.FailoverPlanner.Move;
import io.weir.controller.health.Check;
import io.weir.controller.health.Effect;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
  private static final long AVAILABILITY_EVERY = Duration.ofMinutes(5).toNanos();

  private final VerdictBoard board;
  private final Settings settings;
  private final FailoverPlanner planner = new FailoverPlanner();
  private final Availability availability = new Availability();
  private final Agenda agenda;
  private final List<Effect.Verify> verifications = new ArrayList<>();
  private final Map<String, Long> lastOfPool = new HashMap<>();
  private final Map<String, Long> lastOfAgent = new HashMap<>();
  private final Map<String, Long> lastOfScaler = new HashMap<>();
  private final Map<Target, Judgement> judgements = new HashMap<>();
  private Map<String, PoolSpec> pools = Map.of();
  private long availabilityDue = Long.MAX_VALUE;

  private record Judgement(long decision, String reason) {}

  public Deliberation(long term, Settings settings) {
    this.agenda = new Agenda(term);
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
    agenda.begin(number);
    records.each((pool, record) -> {
      if (!pools.containsKey(pool)) {
        agenda.add(null, new Change.PoolGone(pool));
        return;
      }
      planner.restore(pool, record.getFloor());
      for (EndpointRecord endpoint : record.getEndpointsList()) {
        Target target = new Target(pool, endpoint.getEndpoint());
        board.restore(
            target,
            new VerdictBoard.Restored(
                EndpointRecords.verdict(endpoint),
                endpoint.getReason(),
                EndpointRecords.flaps(endpoint, settings, now, wall)),
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

  /** From now on these pools are judged, by the configuration of that revision. */
  public void declare(Map<String, PoolSpec> declared, long revision, long now, Instant wall) {
    Map<String, PoolSpec> before = pools;
    pools = new TreeMap<>(declared);
    agenda.by(revision);
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
        .forEach(pool -> agenda.add(null, new Change.PoolGone(pool)));
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
      agenda.add(null, new Change.EndpointGone(target.pool(), target.endpoint()));
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
    agenda.add(
        agenda.decision(moved.getTransition().getReason(), 0, wall).setRollout(moved).build());
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
      Decision.Builder numbered =
          agenda.decision(reason, lastOfScaler.getOrDefault(scaler, 0L), wall);
      whole.getVictimsBuilderList().forEach(one -> one.setDecision(numbered.getNumber()));
      decision = numbered.setScale(whole).build();
      number = decision.getNumber();
      lastOfScaler.put(scaler, number);
    }
    agenda.add(decision, new Change.Scaled(scaler, Optional.of(record.apply(number))));
  }

  /** Nothing is recorded of the scaler any more. */
  public void forgetScaler(String scaler) {
    lastOfScaler.remove(scaler);
    agenda.add(null, new Change.Scaled(scaler, Optional.empty()));
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
      agenda.keepAvailability(pools.keySet());
    }
  }

  /** When {@link #tick} has something to do at the earliest. */
  public long nextDue() {
    return Math.min(availabilityDue, Math.min(board.nextDue(), planner.nextDue()));
  }

  /** Finding a pool's endpoints begins or ends to fail; nothing follows from it. */
  public void discovery(DiscoveryChanged changed, String reason, Instant wall) {
    agenda.add(agenda.decision(reason, 0, wall).setDiscovery(changed).build());
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
            agenda.add(
                agenda
                    .decision(frozen.reason(), 0, wall)
                    .setFreeze(
                        EjectionsFrozen.newBuilder()
                            .setFrozen(frozen.frozen())
                            .setFailing(frozen.failing())
                            .setEndpoints(frozen.endpoints()))
                    .build());
        case Effect.Trusted trusted -> {
          Decision decision =
              agenda
                  .decision(trusted.reason(), 0, wall)
                  .setAgent(
                      AgentTrust.newBuilder()
                          .setAgent(trusted.agent())
                          .setTrusted(trusted.trusted())
                          .setDisagrees(trusted.disagrees())
                          .setObserves(trusted.observes()))
                  .build();
          lastOfAgent.put(trusted.agent(), decision.getNumber());
          agenda.add(decision);
        }
      }
    }
    touched.forEach(pool -> look(pool, now, wall));
  }

  private void judged(Effect.Judged judged, long now, Instant wall) {
    Target target = judged.target();
    Decision decision = null;
    long number = judged.follows().map(agent -> lastOfAgent.getOrDefault(agent, 0L)).orElse(0L);
    if (judged.isDecision()) {
      decision =
          agenda
              .decision(judged.reason(), 0, wall)
              .setEndpoint(
                  EndpointJudged.newBuilder()
                      .setPool(target.pool())
                      .setEndpoint(target.endpoint())
                      .setBefore(judged.before().wire())
                      .setVerdict(judged.verdict().wire())
                      .addAllVotes(judged.votes())
                      .addAllUnreachedBy(EndpointRecords.unreachedBy(judged.verdict())))
              .build();
      number = decision.getNumber();
      lastOfPool.put(target.pool(), number);
    }
    judgements.put(target, new Judgement(number, judged.reason()));
    if (decision == null && judged.follows().isEmpty()) {
      return;
    }
    EndpointRecord record = EndpointRecords.of(judged, number, now, wall);
    agenda.add(decision, new Change.Judged(target.pool(), record));
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
        agenda
            .decision(move.reason(), lastOfPool.getOrDefault(move.pool(), 0L), wall)
            .setPool(
                PoolMoved.newBuilder()
                    .setPool(move.pool())
                    .setFrom(move.from())
                    .setTo(move.to())
                    .setUsableFrom(move.usableFrom())
                    .setUsableTo(move.usableTo()))
            .build();
    agenda.add(
        decision, new Change.Moved(move.pool(), move.to(), decision.getNumber(), move.reason()));
  }

  /** What is to be written next; empty while there is nothing, or the last is not yet written. */
  public Optional<Batch> next(long now, Instant wall) {
    return agenda.next(pools.keySet(), pool -> availability.read(pool, now, wall));
  }

  /** The batch handed out last is in the store. */
  public void written() {
    agenda.written();
  }

  /**
   * Whether something that is not yet written overtakes a change that just was: a store that was
   * away for a while is told late, and agents are not to act on what has long been taken back.
   */
  public boolean isOvertaken(Change change) {
    return agenda.isOvertaken(change);
  }

  /** Decisions that took effect since this was last asked, oldest first. */
  public List<Decision> news() {
    return agenda.news();
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
}
