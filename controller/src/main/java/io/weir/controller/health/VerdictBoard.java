package io.weir.controller.health;

import io.weir.v1.HealthReport;
import io.weir.v1.Observation;
import io.weir.v1.Vote;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the fleet concludes of every endpoint that is probed. Fed with who is there and what they
 * say; every call answers with what is to be done. Times are monotonic nanoseconds, never going
 * back. One thread at a time.
 *
 * <p>A first failure opens a <em>doubt</em>: the other observers and further agents are asked to
 * probe at once. A pass of any of them, begun after the doubt opened, and the endpoint is not down
 * for the fleet: it is asymmetric as soon as those that fail have failed {@code fall} times in a
 * row, or well. If all fail, as many are asked as make a majority of the agents alive that run the
 * pool; if these fail too, it is ejected. Work per observation grows with the electorate, not with
 * the fleet; memory with endpoints times electorate.
 */
public final class VerdictBoard {
  private static final int MAX_BALLOTS = 64;
  private static final Verdict HEALTHY = new Verdict.Healthy();

  /** Endpoints of one pool, in the order declared, and how they are probed. */
  public record PoolCheck(Check check, List<String> endpoints) {
    public PoolCheck {
      endpoints = List.copyOf(endpoints);
    }
  }

  /** How an endpoint was left by an earlier controller. */
  public record Restored(Verdict verdict, String reason, Flaps flaps) {}

  /** One that an agent probes by the clock, and its place among the endpoint's observers. */
  public record Assigned(Target target, int place, int observers) {}

  /** What is known of one endpoint. */
  public record Explained(
      Verdict verdict, String reason, long since, List<String> observers, List<Vote> votes) {
    public Explained {
      observers = List.copyOf(observers);
      votes = List.copyOf(votes);
    }
  }

  private final Settings settings;
  private final Rules rules;
  private final Roster roster;
  private final Trust trust;
  private final Assignments assignments;
  private final Map<String, Map<String, Docket>> dockets = new HashMap<>();
  private final Map<String, Lag> lags = new HashMap<>();

  public VerdictBoard(Settings settings) {
    this.settings = settings;
    this.rules = new Rules(settings);
    this.roster = rules.roster;
    this.trust = rules.trust;
    this.assignments = new Assignments(settings.observers());
  }

  /** From now on exactly these endpoints are judged. What is new is unknown. */
  public List<Effect> declare(Map<String, PoolCheck> pools, long now) {
    for (String pool : List.copyOf(dockets.keySet())) {
      Set<String> kept =
          pools.containsKey(pool) ? new HashSet<>(pools.get(pool).endpoints()) : Set.of();
      Map<String, Docket> of = dockets.getOrDefault(pool, Map.of());
      for (Docket docket : List.copyOf(of.values())) {
        if (!kept.contains(docket.target.endpoint())) {
          drop(docket);
          of.remove(docket.target.endpoint());
        }
      }
      if (of.isEmpty()) {
        dockets.remove(pool);
      }
    }
    rules.endpoints = 0;
    pools.forEach((pool, declared) -> {
      Map<String, Docket> of = dockets.computeIfAbsent(pool, _ -> new LinkedHashMap<>());
      for (String endpoint : declared.endpoints()) {
        Docket docket = of.get(endpoint);
        if (docket == null) {
          of.put(endpoint, new Docket(new Target(pool, endpoint), declared.check(), now));
          assignments.stir(Set.of(pool));
        } else {
          docket.check = declared.check();
        }
      }
      rules.endpoints += of.size();
    });
    return take(now);
  }

  private void drop(Docket docket) {
    rules.drop(docket);
    assignments.observe(docket, List.of());
    assignments.stir(Set.of(docket.target.pool()));
  }

  /** Puts an endpoint back where an earlier controller left it; before anything is heard of it. */
  public void restore(Target target, Restored restored, long now) {
    Docket docket = docket(target);
    if (docket != null) {
      docket.verdict = restored.verdict();
      docket.reason = restored.reason();
      docket.flaps = restored.flaps();
      docket.since = now;
    }
  }

  /** An agent came, or something about it changed. */
  public List<Effect> member(Member member, long now) {
    Optional<Member> before = roster.put(member);
    Set<String> pools = new TreeSet<>(member.pools());
    before.ifPresent(was -> pools.addAll(was.pools()));
    if (before.isEmpty()
        || before.get().connected() != member.connected()
        || !before.get().zone().equals(member.zone())
        || !before.get().pools().equals(member.pools())) {
      assignments.stir(pools);
    }
    if (!member.connected()) {
      silence(member.name(), now);
    }
    return take(now);
  }

  /** An agent is no more. */
  public List<Effect> forget(String agent, long now) {
    silence(agent, now);
    roster.remove(agent).ifPresent(was -> assignments.stir(was.pools()));
    trust.forget(agent);
    return take(now);
  }

  /** Drops what the agent said. */
  private void silence(String agent, long now) {
    lags.remove(agent);
    for (Docket docket : List.copyOf(trust.of(agent).spoken)) {
      remove(docket, agent);
      rules.judge(docket, now);
    }
  }

  private void remove(Docket docket, String agent) {
    Ballot ballot = docket.ballots.remove(agent);
    if (ballot != null) {
      trust.remove(docket, ballot);
    }
  }

  /** What a connected agent sees. What it says of anything that is not judged is dropped. */
  public List<Effect> report(String agent, HealthReport report, long now) {
    Optional<Member> member = roster.get(agent).filter(Member::connected);
    if (member.isPresent()) {
      long sent = now - lag(agent, report, now);
      for (Observation observation : report.getObservationsList()) {
        Map<String, Docket> pool = dockets.get(observation.getPool());
        Docket docket = pool == null ? null : pool.get(observation.getEndpoint());
        if (docket != null) {
          hear(docket, agent, observation, sent, now);
        }
      }
    }
    return take(now);
  }

  private long lag(String agent, HealthReport report, long now) {
    return report.hasSent()
        ? lags.computeIfAbsent(agent, _ -> new Lag(now)).of(Check.nanos(report.getSent()), now)
        : 0;
  }

  /**
   * @param sent when the agent said so, by the board's clock
   */
  private void hear(Docket docket, String agent, Observation said, long sent, long now) {
    Ballot ballot = docket.ballots.get(agent);
    boolean fails = said.getFailures() > 0;
    if (fails && now - sent > docket.check.patience()) {
      return;
    }
    long begun = said.hasProbed() ? sent - Math.max(0, Check.nanos(said.getProbed())) : sent;
    boolean stale = !said.hasProbed() || now - begun > docket.check.horizon();
    if (stale || (!fails && said.getSuccesses() <= 0)) {
      if (ballot != null) {
        remove(docket, agent);
        rules.judge(docket, now);
      }
      return;
    }
    if (ballot == null) {
      if (!fails && !docket.isInterestedIn(agent)) {
        return;
      }
      ballot = new Ballot(agent);
      makeRoom(docket);
      docket.ballots.put(agent, ballot);
      trust.add(docket, ballot);
    }
    ballot.say(said.getFailures(), said.getSuccesses(), said.getReason(), begun);
    if (fails) {
      rules.doubt(docket, ballot, now);
    } else if (docket.verdict instanceof Verdict.Unknown && docket.doubt == null) {
      rules.conclude(docket, HEALTHY, "%s reaches it".formatted(agent), Optional.empty(), now);
    }
    rules.judge(docket, now);
    if (!docket.isInterestedIn(agent)
        && ballot.successes >= docket.check.rise()
        && docket.doubt == null) {
      remove(docket, agent);
    }
    rules.suspect(agent);
  }

  private void makeRoom(Docket docket) {
    if (docket.ballots.size() >= MAX_BALLOTS) {
      docket.ballots.values().stream()
          .filter(ballot -> !docket.isInterestedIn(ballot.agent))
          .min(Comparator.comparingLong(ballot -> ballot.begun))
          .ifPresent(oldest -> remove(docket, oldest.agent));
    }
  }

  /** What time alone brings about. */
  public List<Effect> tick(long now) {
    rules.tick(now);
    return take(now);
  }

  /** Ends a freeze by the operator's word. */
  public List<Effect> thaw(long now) {
    rules.thaw(now);
    return take(now);
  }

  /** When {@link #tick} has something to do at the earliest; Long.MAX_VALUE: never, as it is. */
  public long nextDue() {
    return rules.nextDue();
  }

  /** Hands out the endpoints of pools whose agents have changed. Returns who has others now. */
  public Set<String> reassign() {
    return assignments.reassign(dockets, roster);
  }

  /** Whether {@link #reassign} has something to do. */
  public boolean isUnassigned() {
    return assignments.isUnassigned();
  }

  /** What {@code agent} probes by the clock, sorted. */
  public List<Assigned> assignment(String agent) {
    return assignments.assignment(agent);
  }

  /** What is not plainly unknown, by pool and endpoint. */
  public Map<Target, Verdict> verdicts() {
    Map<Target, Verdict> all = new TreeMap<>();
    dockets
        .values()
        .forEach(pool ->
            pool.values()
                .forEach(docket -> {
                  if (!(docket.verdict instanceof Verdict.Unknown)) {
                    all.put(docket.target, docket.verdict);
                  }
                }));
    return all;
  }

  public Verdict verdict(Target target) {
    Docket docket = docket(target);
    return docket == null ? new Verdict.Unknown() : docket.verdict;
  }

  public boolean isJudged(Target target) {
    return docket(target) != null;
  }

  /** Empty when the endpoint is not judged. */
  public Optional<Explained> explain(Target target, long now) {
    return Optional.ofNullable(docket(target))
        .map(docket ->
            new Explained(
                docket.verdict,
                docket.reason,
                docket.since,
                docket.observers,
                Tally.votes(docket, roster, now)));
  }

  public Flaps flaps(Target target, long now) {
    Docket docket = docket(target);
    return docket == null ? Flaps.NONE : docket.flaps.current(now, settings);
  }

  public boolean isFrozen() {
    return rules.isFrozen();
  }

  public boolean isTrusted(String agent) {
    return roster.isTrusted(agent);
  }

  private @Nullable Docket docket(Target target) {
    Map<String, Docket> pool = dockets.get(target.pool());
    return pool == null ? null : pool.get(target.endpoint());
  }

  private List<Effect> take(long now) {
    List<Effect> effects = rules.take(now);
    for (String agent : rules.retrusted) {
      roster.get(agent).ifPresent(member -> assignments.stir(member.pools()));
    }
    rules.retrusted.clear();
    return effects;
  }
}
