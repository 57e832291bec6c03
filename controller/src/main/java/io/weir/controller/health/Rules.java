package io.weir.controller.health;

import io.weir.controller.health.Docket.Doubt;
import io.weir.controller.health.Effect.Judged;
import io.weir.controller.health.Roster.Runners;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** The rules by which votes become verdicts, as {@link VerdictBoard} tells them. */
final class Rules {
  private static final long MILLI = 1_000_000L;
  private static final long BLOCKED_RECHECK = 500 * MILLI;
  private static final long LAST_LOOK_AGAIN = 60_000 * MILLI;
  private static final Verdict HEALTHY = new Verdict.Healthy();
  private static final Verdict UNHEALTHY = new Verdict.Unhealthy();

  final Roster roster = new Roster();
  final Trust trust = new Trust();

  /** Agents whose trust has changed, so that endpoints have to be shared out anew. */
  final Set<String> retrusted = new LinkedHashSet<>();

  /** All that are judged. */
  int endpoints;

  private final Settings settings;
  private final Freeze freeze;
  private final Dues dues = new Dues();
  private final Inquiries inquiries;
  private final Set<Docket> blocked = new LinkedHashSet<>();
  private final Set<String> suspects = new LinkedHashSet<>();
  private List<Effect> effects = new ArrayList<>();
  private long recheck;

  Rules(Settings settings) {
    this.settings = settings;
    this.freeze = new Freeze(settings);
    this.inquiries = new Inquiries(settings, roster, dues);
  }

  boolean isFrozen() {
    return freeze.isFrozen();
  }

  /** It is judged no more. */
  void drop(Docket docket) {
    docket.dropped = true;
    docket.ballots.values().forEach(ballot -> trust.remove(docket, ballot));
    docket.ballots.clear();
    docket.doubt = null;
    blocked.remove(docket);
  }

  /** The agent has, or may have, fallen out with the others. */
  void suspect(String agent) {
    suspects.add(agent);
  }

  void doubt(Docket docket, Ballot ballot, long now) {
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
    inquiries.open(docket, ballot.begun, Set.of(ballot.agent), now);
  }

  void judge(Docket docket, long now) {
    if (docket.doubt != null) {
      settle(docket, docket.doubt, now);
    } else {
      switch (docket.verdict) {
        case Verdict.Unhealthy _ -> recover(docket, now);
        case Verdict.Asymmetric known -> {
          narrow(docket, known, now, Optional.empty());
          if (docket.verdict.equals(known) && now >= docket.lookAgainAt) {
            lookAgain(docket, known, now);
          }
        }
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
      inquiries.ask(docket, doubt, quorum - tally.failing(), now);
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
              && inquiries.ask(docket, doubt, 2 * most - 1 - doubt.asked.size(), now);
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
      docket.lookAgainAfter = Docket.FIRST_LOOK_AGAIN;
      conclude(docket, verdict, reason, Optional.empty(), now);
    }
    docket.lookAgainAt = now + docket.lookAgainAfter;
    docket.lookAgainAfter = Math.min(2 * docket.lookAgainAfter, LAST_LOOK_AGAIN);
    dues.add(docket.lookAgainAt, docket);
  }

  /**
   * What an agent reached once, it may reach no more: where no observer probes on and passes, the
   * others are asked again.
   */
  private void lookAgain(Docket docket, Verdict.Asymmetric known, long now) {
    docket.lookAgainAt = now + docket.lookAgainAfter;
    dues.add(docket.lookAgainAt, docket);
    boolean watched =
        docket.observers.stream()
            .map(docket.ballots::get)
            .anyMatch(ballot ->
                ballot != null
                    && ballot.passes()
                    && now - ballot.begun <= docket.check.horizon()
                    && roster.counts(ballot.agent, docket.target.pool()));
    if (watched) {
      return;
    }
    inquiries.open(docket, now, known.agents(), now);
  }

  private void loom(Docket docket, long now) {
    if (docket.looming) {
      return;
    }
    docket.looming = true;
    if (freeze.loomed(docket.target, endpoints, now)) {
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
      dues.add(docket.flaps.heldUntil(), docket);
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
      boolean stays =
          ballot == null
              ? isAwaited(agent, docket, now)
              : roster.counts(agent, docket.target.pool())
                  && ballot.successes < docket.check.rise();
      if (stays) {
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

  /** Alive, and either not able to speak or not yet heard: its silence takes nothing back. */
  private boolean isAwaited(String agent, Docket docket, long now) {
    return roster
        .get(agent)
        .filter(member ->
            member.alive()
                && roster.isTrusted(agent)
                && (!member.connected() || now - docket.since <= docket.check.horizon()))
        .isPresent();
  }

  void conclude(Docket docket, Verdict verdict, String reason, Optional<String> follows, long now) {
    Verdict before = docket.verdict;
    docket.verdict = verdict;
    docket.reason = reason;
    docket.since = now;
    effects.add(
        new Judged(
            docket.target,
            before,
            verdict,
            reason,
            Tally.votes(docket, roster, now),
            docket.flaps,
            follows));
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
      retrusted.add(agent);
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
  void tick(long now) {
    while (dues.next() <= now) {
      Docket docket = dues.take();
      if (!docket.dropped) {
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
  }

  /** Ends a freeze by the operator's word. */
  void thaw(long now) {
    if (freeze.end()) {
      effects.add(
          new Effect.Frozen(
              false, 0, endpoints, "an operator ended it; endpoints are ejected again"));
      recheck = now;
    }
  }

  /** When tick has something to do at the earliest; Long.MAX_VALUE: never, as it is. */
  long nextDue() {
    long next = dues.next();
    if (!blocked.isEmpty()) {
      next = Math.min(next, recheck);
    }
    return freeze.isFrozen() ? Math.min(next, freeze.until()) : next;
  }

  private static String agents(int count) {
    return count == 1 ? "1 agent" : String.format(Locale.ROOT, "%d agents", count);
  }

  /** What has come of all calls since the last. */
  List<Effect> take(long now) {
    while (!suspects.isEmpty()) {
      String agent = suspects.iterator().next();
      suspects.remove(agent);
      weigh(agent, now);
    }
    effects.addAll(inquiries.take());
    List<Effect> taken = effects;
    effects = new ArrayList<>();
    return taken;
  }
}
