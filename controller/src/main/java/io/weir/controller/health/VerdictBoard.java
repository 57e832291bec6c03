package io.weir.controller.health;

import io.weir.controller.health.Docket.Doubt;
import io.weir.controller.health.Effect.Judged;
import io.weir.controller.health.Observers.Candidate;
import io.weir.controller.health.Roster.Runners;
import io.weir.v1.HealthReport;
import io.weir.v1.Observation;
import io.weir.v1.Vote;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedSet;
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
  private static final long MILLI = 1_000_000L;
  private static final long ANSWER_SLACK = 250 * MILLI;
  private static final long DOUBT_SLACK = 2_000 * MILLI;
  private static final long BLOCKED_RECHECK = 500 * MILLI;
  private static final int MAX_BALLOTS = 64;
  private static final Verdict HEALTHY = new Verdict.Healthy();
  private static final Verdict UNHEALTHY = new Verdict.Unhealthy();

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

  private record Due(long at, Docket docket) {}

  private final Settings settings;
  private final Roster roster = new Roster();
  private final Trust trust = new Trust();
  private final Freeze freeze;
  private final Map<String, Map<String, Docket>> dockets = new HashMap<>();
  private final Map<String, Set<Docket>> observed = new HashMap<>();
  private final Set<String> unassigned = new TreeSet<>();
  private final PriorityQueue<Due> dues = new PriorityQueue<>(Comparator.comparingLong(Due::at));
  private final Set<Docket> blocked = new LinkedHashSet<>();
  private final Set<String> suspects = new LinkedHashSet<>();
  private int endpoints;
  private long recheck;
  private List<Effect> effects = new ArrayList<>();
  private final Map<String, List<Target>> asking = new LinkedHashMap<>();

  public VerdictBoard(Settings settings) {
    this.settings = settings;
    this.freeze = new Freeze(settings);
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
    endpoints = 0;
    pools.forEach((pool, declared) -> {
      Map<String, Docket> of = dockets.computeIfAbsent(pool, _ -> new LinkedHashMap<>());
      for (String endpoint : declared.endpoints()) {
        Docket docket = of.get(endpoint);
        if (docket == null) {
          of.put(endpoint, new Docket(new Target(pool, endpoint), declared.check(), now));
          unassigned.add(pool);
        } else {
          docket.check = declared.check();
        }
      }
      endpoints += of.size();
    });
    return take(now);
  }

  private void drop(Docket docket) {
    docket.ballots.values().forEach(ballot -> trust.remove(docket, ballot));
    docket.ballots.clear();
    docket.doubt = null;
    blocked.remove(docket);
    observe(docket, List.of());
    unassigned.add(docket.target.pool());
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
      unassigned.addAll(pools);
    }
    if (!member.connected()) {
      silence(member.name(), now);
    }
    return take(now);
  }

  /** An agent is no more. */
  public List<Effect> forget(String agent, long now) {
    silence(agent, now);
    roster.remove(agent).ifPresent(was -> unassigned.addAll(was.pools()));
    trust.forget(agent);
    return take(now);
  }

  /** Drops what the agent said. */
  private void silence(String agent, long now) {
    for (Docket docket : List.copyOf(trust.of(agent).spoken)) {
      remove(docket, agent);
      judge(docket, now);
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
      for (Observation observation : report.getObservationsList()) {
        Map<String, Docket> pool = dockets.get(observation.getPool());
        Docket docket = pool == null ? null : pool.get(observation.getEndpoint());
        if (docket != null) {
          hear(docket, agent, observation, now);
        }
      }
    }
    return take(now);
  }

  private void hear(Docket docket, String agent, Observation said, long now) {
    Ballot ballot = docket.ballots.get(agent);
    boolean fails = said.getFailures() > 0;
    long begun = said.hasProbed() ? now - Math.max(0, Check.nanos(said.getProbed())) : now;
    boolean stale = !said.hasProbed() || now - begun > docket.check.horizon();
    if (stale || (!fails && said.getSuccesses() <= 0)) {
      if (ballot != null) {
        remove(docket, agent);
        judge(docket, now);
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
      doubt(docket, ballot, now);
    } else if (docket.verdict instanceof Verdict.Unknown && docket.doubt == null) {
      conclude(docket, HEALTHY, "%s reaches it".formatted(agent), Optional.empty(), now);
    }
    judge(docket, now);
    if (!docket.isInterestedIn(agent)
        && ballot.successes >= docket.check.rise()
        && docket.doubt == null) {
      remove(docket, agent);
    }
    suspects.add(agent);
  }

  private void makeRoom(Docket docket) {
    if (docket.ballots.size() >= MAX_BALLOTS) {
      docket.ballots.values().stream()
          .filter(ballot -> !docket.isInterestedIn(ballot.agent))
          .min(Comparator.comparingLong(ballot -> ballot.begun))
          .ifPresent(oldest -> remove(docket, oldest.agent));
    }
  }

  private void doubt(Docket docket, Ballot ballot, long now) {
    boolean settled =
        switch (docket.verdict) {
          case Verdict.Unhealthy _ -> true;
          case Verdict.Asymmetric known -> known.agents().contains(ballot.agent);
          case Verdict.Healthy _, Verdict.Unknown _ -> false;
        };
    if (settled
        || docket.doubt != null
        || !roster.counts(ballot.agent, docket.target.pool())
        || roster.doubtsItself(ballot.agent)) {
      return;
    }
    Doubt doubt = new Doubt(ballot.begun, now);
    long timeout = docket.check.timeout();
    doubt.expires = now + (docket.check.proof() + 1L) * timeout + DOUBT_SLACK;
    doubt.asked.add(ballot.agent);
    docket.doubt = doubt;
    ask(docket, doubt, settings.electorate() - 1, now);
    dues.add(new Due(doubt.expires, docket));
  }

  /** Asks so many more. Returns whether there was anyone left to ask. */
  private boolean ask(Docket docket, Doubt doubt, int more, long now) {
    Runners runners = roster.runners(docket.target.pool());
    if (more <= 0 || doubt.asked.size() >= runners.eligible().size()) {
      return false;
    }
    int asked = 0;
    Set<String> first = new LinkedHashSet<>(docket.observers);
    first.addAll(
        Observers.choose(docket.target, runners.eligible(), doubt.asked.size() + more + 3));
    for (String agent : first) {
      if (asked < more && roster.counts(agent, docket.target.pool()) && doubt.asked.add(agent)) {
        asking.computeIfAbsent(agent, _ -> new ArrayList<>()).add(docket.target);
        asked++;
      }
    }
    doubt.answersBy = now + 2 * docket.check.timeout() + ANSWER_SLACK;
    dues.add(new Due(doubt.answersBy, docket));
    return asked > 0;
  }

  private void judge(Docket docket, long now) {
    if (docket.doubt != null) {
      settle(docket, docket.doubt, now);
    } else {
      switch (docket.verdict) {
        case Verdict.Unhealthy _ -> recover(docket, now);
        case Verdict.Asymmetric known -> narrow(docket, known, now, Optional.empty());
        case Verdict.Unknown _, Verdict.Healthy _ -> {}
      }
    }
    for (Ballot ballot : docket.ballots.values()) {
      trust.dissent(ballot, dissents(docket, ballot));
    }
  }

  private boolean dissents(Docket docket, Ballot ballot) {
    if (ballot.failures < docket.check.proof() || docket.doubt != null) {
      return false;
    }
    return switch (docket.verdict) {
      case Verdict.Asymmetric known ->
          known.agents().contains(ballot.agent) || !roster.isTrusted(ballot.agent);
      case Verdict.Healthy _ -> !roster.isTrusted(ballot.agent);
      case Verdict.Unknown _, Verdict.Unhealthy _ -> false;
    };
  }

  private void settle(Docket docket, Doubt doubt, long now) {
    docket.blocked = false;
    blocked.remove(docket);
    Tally tally = Tally.of(docket, roster, now);
    Runners runners = roster.runners(docket.target.pool());
    boolean waiting = tally.waiting() > 0 && now < doubt.answersBy;
    if (tally.failing() == 0) {
      close(docket);
    } else if (tally.reached() == 0) {
      allFail(docket, doubt, tally, runners, waiting, now);
    } else {
      someFail(docket, doubt, tally, runners, waiting, now);
    }
    if (docket.doubt == doubt && !docket.blocked && now >= doubt.expires) {
      close(docket);
    }
  }

  private void close(Docket docket) {
    docket.doubt = null;
    docket.looming = false;
    docket.blocked = false;
    blocked.remove(docket);
  }

  private void allFail(
      Docket docket, Doubt doubt, Tally tally, Runners runners, boolean waiting, long now) {
    int quorum = Math.min(runners.majority(), settings.quorum());
    long probes = docket.check.proof();
    if (tally.failing() >= Math.min(2, quorum)
        && (tally.failing() >= 2 || tally.failures() >= docket.check.fall())) {
      loom(docket, now);
    }
    if (waiting) {
      return;
    }
    if (tally.failing() < quorum) {
      ask(docket, doubt, quorum - tally.failing(), now);
    } else if (tally.failures() >= probes) {
      eject(
          docket,
          "none of the %s that probed it reaches it, in %d probes: %s"
              .formatted(agents(tally.failing()), tally.failures(), tally.example()),
          now);
    }
  }

  private void someFail(
      Docket docket, Doubt doubt, Tally tally, Runners runners, boolean waiting, long now) {
    SortedSet<String> persistent = tally.persistent();
    int most = Math.min(runners.majority(), settings.quorum());
    if (persistent.size() >= runners.majority()) {
      eject(
          docket,
          "%d of the %s that run the pool do not reach it, %d probes in a row each: %s"
              .formatted(
                  persistent.size(), agents(runners.live()), docket.check.proof(), tally.example()),
          now);
    } else if (!persistent.isEmpty() && !waiting) {
      boolean wider =
          tally.failing() > tally.reached()
              && ask(docket, doubt, 2 * most - 1 - doubt.asked.size(), now);
      if (!wider && tally.failing() == persistent.size()) {
        asymmetric(docket, persistent, tally.reached(), now);
      }
    }
  }

  private void asymmetric(Docket docket, SortedSet<String> persistent, int reached, long now) {
    close(docket);
    Verdict.Asymmetric verdict = new Verdict.Asymmetric(persistent);
    if (!verdict.equals(docket.verdict)) {
      String reason =
          "%s %s not reach it, %d probes in a row, and %s"
              .formatted(
                  String.join(", ", persistent),
                  persistent.size() == 1 ? "does" : "do",
                  docket.check.proof(),
                  reached == 1 ? "1 other agent does" : reached + " other agents do");
      conclude(docket, verdict, reason, Optional.empty(), now);
    }
  }

  private void loom(Docket docket, long now) {
    if (docket.looming) {
      return;
    }
    docket.looming = true;
    if (freeze.loomed(endpoints, now)) {
      int failing = freeze.failing(now);
      effects.add(
          new Effect.Frozen(
              true,
              failing,
              endpoints,
              "%d of %d endpoints began to fail within %d s; that many at once says more of who observes than of them, so none is ejected until it is calm for as long"
                  .formatted(failing, endpoints, settings.window() / 1_000 / MILLI)));
    }
  }

  private void eject(Docket docket, String reason, long now) {
    if (freeze.isFrozen() || !roster.hasQuorum()) {
      docket.blocked = true;
      blocked.add(docket);
      return;
    }
    close(docket);
    docket.flaps = docket.flaps.ejected(now, settings);
    String held =
        docket.flaps.heldUntil() > now
            ? "; ejection %d of late, so it stays out for %d s at least"
                .formatted(
                    docket.flaps.ejections(), (docket.flaps.heldUntil() - now) / 1_000 / MILLI)
            : "";
    conclude(docket, UNHEALTHY, reason + held, Optional.empty(), now);
    if (docket.flaps.heldUntil() > now) {
      dues.add(new Due(docket.flaps.heldUntil(), docket));
    }
  }

  private void recover(Docket docket, long now) {
    int passing = 0;
    for (String agent : docket.observers) {
      Ballot ballot = docket.ballots.get(agent);
      if (ballot != null
          && ballot.successes >= docket.check.rise()
          && ballot.begun > docket.since
          && roster.counts(agent, docket.target.pool())) {
        passing++;
      }
    }
    if (passing == 0
        || passing < docket.observers.size() / 2 + 1
        || now < docket.flaps.heldUntil()) {
      return;
    }
    SortedSet<String> persistent = Tally.of(docket, roster, now).persistent();
    if (persistent.size() < roster.runners(docket.target.pool()).majority()) {
      conclude(
          docket,
          persistent.isEmpty() ? HEALTHY : new Verdict.Asymmetric(persistent),
          "%d of its %d observers reach it again, %d probes in a row each"
              .formatted(passing, docket.observers.size(), docket.check.rise()),
          Optional.empty(),
          now);
    }
  }

  /** Keeps those of an asymmetric verdict that still do not reach it. */
  private void narrow(
      Docket docket, Verdict.Asymmetric known, long now, Optional<String> distrusted) {
    SortedSet<String> left = new TreeSet<>();
    for (String agent : known.agents()) {
      Ballot ballot = docket.ballots.get(agent);
      if (ballot != null
          && roster.counts(agent, docket.target.pool())
          && ballot.successes < docket.check.rise()) {
        left.add(agent);
      }
    }
    if (left.equals(known.agents())) {
      return;
    }
    if (left.isEmpty()) {
      conclude(
          docket,
          HEALTHY,
          distrusted.isPresent()
              ? "only %s did not reach it, and it is not trusted".formatted(distrusted.get())
              : "every agent that did not reach it does so again, or is gone",
          distrusted,
          now);
    } else {
      conclude(
          docket,
          new Verdict.Asymmetric(left),
          "still not reached by " + String.join(", ", left),
          distrusted,
          now);
    }
  }

  private void conclude(
      Docket docket, Verdict verdict, String reason, Optional<String> follows, long now) {
    Verdict before = docket.verdict;
    docket.verdict = verdict;
    docket.reason = reason;
    docket.since = now;
    effects.add(
        new Judged(
            docket.target, before, verdict, reason, votes(docket, now), docket.flaps, follows));
    for (Ballot ballot : docket.ballots.values()) {
      trust.dissent(ballot, dissents(docket, ballot));
      if (ballot.dissents) {
        suspects.add(ballot.agent);
      }
    }
  }

  /** Whether {@code agent} is still, or again, to be believed. */
  private void weigh(String agent, long now) {
    Trust.Standing record = trust.of(agent);
    if (roster.isTrusted(agent) ? record.isLost() && roster.mayDistrust() : record.isRegained()) {
      boolean trusted = !roster.isTrusted(agent);
      roster.trust(agent, trusted);
      roster.get(agent).ifPresent(member -> unassigned.addAll(member.pools()));
      int disagrees = record.dissents;
      int observes = record.spoken.size();
      effects.add(
          new Effect.Trusted(
              agent,
              trusted,
              disagrees,
              observes,
              trusted
                  ? "%s agrees with the other agents again".formatted(agent)
                  : "%s does not reach %d of the %d endpoints that it observes and that others reach, so what it says is not counted until it agrees again"
                      .formatted(agent, disagrees, observes)));
      for (Docket docket : List.copyOf(record.spoken)) {
        if (docket.doubt == null && docket.verdict instanceof Verdict.Asymmetric known) {
          narrow(docket, known, now, trusted ? Optional.empty() : Optional.of(agent));
        }
        judge(docket, now);
      }
    }
  }

  /** What time alone brings about. */
  public List<Effect> tick(long now) {
    while (!dues.isEmpty() && dues.element().at() <= now) {
      Docket docket = dues.remove().docket();
      if (docket(docket.target) == docket) {
        judge(docket, now);
      }
    }
    if (freeze.calmed(endpoints, now)) {
      effects.add(
          new Effect.Frozen(
              false,
              freeze.failing(now),
              endpoints,
              "no more than %d of %d endpoints began to fail within the last %d s; endpoints are ejected again"
                  .formatted(freeze.failing(now), endpoints, settings.window() / 1_000 / MILLI)));
      recheck = now;
    }
    if (!blocked.isEmpty() && now >= recheck) {
      recheck = now + BLOCKED_RECHECK;
      if (!freeze.isFrozen() && roster.hasQuorum()) {
        List.copyOf(blocked).forEach(docket -> judge(docket, now));
      }
    }
    return take(now);
  }

  /** Ends a freeze by the operator's word. */
  public List<Effect> thaw(long now) {
    if (freeze.end()) {
      effects.add(
          new Effect.Frozen(
              false, 0, endpoints, "an operator ended it; endpoints are ejected again"));
      recheck = now;
    }
    return take(now);
  }

  /** When {@link #tick} has something to do at the earliest; Long.MAX_VALUE: never, as it is. */
  public long nextDue() {
    long next = dues.isEmpty() ? Long.MAX_VALUE : dues.element().at();
    if (!blocked.isEmpty()) {
      next = Math.min(next, recheck);
    }
    return freeze.isFrozen() ? Math.min(next, freeze.until()) : next;
  }

  /** Hands out the endpoints of pools whose agents have changed. Returns who has others now. */
  public Set<String> reassign() {
    Set<String> changed = new TreeSet<>();
    for (String pool : unassigned) {
      List<Candidate> eligible = roster.runners(pool).eligible();
      for (Docket docket : dockets.getOrDefault(pool, Map.of()).values()) {
        List<String> chosen = Observers.choose(docket.target, eligible, settings.observers());
        if (!chosen.equals(docket.observers)) {
          changed.addAll(docket.observers);
          changed.addAll(chosen);
          observe(docket, chosen);
        }
      }
    }
    unassigned.clear();
    return changed;
  }

  /** Whether {@link #reassign} has something to do. */
  public boolean isUnassigned() {
    return !unassigned.isEmpty();
  }

  private void observe(Docket docket, List<String> chosen) {
    for (String agent : docket.observers) {
      Set<Docket> of = observed.get(agent);
      if (of != null && of.remove(docket) && of.isEmpty()) {
        observed.remove(agent);
      }
    }
    chosen.forEach(agent -> observed.computeIfAbsent(agent, _ -> new HashSet<>()).add(docket));
    docket.observers = chosen;
  }

  /** What {@code agent} probes by the clock, sorted. */
  public List<Assigned> assignment(String agent) {
    return observed.getOrDefault(agent, Set.of()).stream()
        .map(docket ->
            new Assigned(docket.target, docket.observers.indexOf(agent), docket.observers.size()))
        .sorted(Comparator.comparing(Assigned::target))
        .toList();
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
                docket.verdict, docket.reason, docket.since, docket.observers, votes(docket, now)));
  }

  public Flaps flaps(Target target, long now) {
    Docket docket = docket(target);
    return docket == null ? Flaps.NONE : docket.flaps.current(now, settings);
  }

  public boolean isFrozen() {
    return freeze.isFrozen();
  }

  public boolean isTrusted(String agent) {
    return roster.isTrusted(agent);
  }

  private List<Vote> votes(Docket docket, long now) {
    return docket.ballots.values().stream()
        .sorted(Comparator.comparing(ballot -> ballot.agent))
        .map(ballot ->
            ballot.vote(
                roster.zone(ballot.agent),
                ballot.fails() && roster.doubtsItself(ballot.agent)
                    ? "it doubts itself"
                    : roster.dropped(ballot.agent, docket.target.pool()),
                now))
        .toList();
  }

  private @Nullable Docket docket(Target target) {
    Map<String, Docket> pool = dockets.get(target.pool());
    return pool == null ? null : pool.get(target.endpoint());
  }

  private static String agents(int count) {
    return count == 1 ? "1 agent" : String.format(Locale.ROOT, "%d agents", count);
  }

  private List<Effect> take(long now) {
    while (!suspects.isEmpty()) {
      String agent = suspects.iterator().next();
      suspects.remove(agent);
      weigh(agent, now);
    }
    asking.forEach((agent, targets) -> effects.add(new Effect.Verify(agent, targets)));
    asking.clear();
    List<Effect> taken = effects;
    effects = new ArrayList<>();
    return taken;
  }
}
