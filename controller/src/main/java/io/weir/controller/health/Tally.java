package io.weir.controller.health;

import io.weir.controller.health.Docket.Doubt;
import io.weir.v1.Vote;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The votes on one endpoint, counted.
 *
 * @param reached agents that have reached it since the doubt opened
 * @param failing agents that have failed since it was first doubted
 * @param failures of these in a row, all together
 * @param waiting agents asked that have not answered
 * @param persistent agents that failed often enough in a row to hold it down themselves
 * @param example what a failing agent gave as its reason
 */
record Tally(
    int reached,
    int failing,
    long failures,
    int waiting,
    SortedSet<String> persistent,
    String example) {

  static Tally of(Docket docket, Roster roster, long now) {
    int reached = 0;
    int failing = 0;
    long failures = 0;
    int waiting = 0;
    SortedSet<String> persistent = new TreeSet<>();
    String example = "";
    Doubt doubt = docket.doubt;
    for (Ballot ballot : docket.ballots.values()) {
      if (!roster.counts(ballot.agent, docket.target.pool())
          || now - ballot.begun > docket.check.horizon()) {
        continue;
      }
      if (ballot.fails()) {
        boolean holdsDown = ballot.failures >= docket.check.proof();
        boolean recent = doubt == null || ballot.begun >= doubt.since;
        if (!roster.doubtsItself(ballot.agent) && (recent || holdsDown)) {
          failing++;
          failures += ballot.failures;
          example = ballot.reason;
          if (holdsDown) {
            persistent.add(ballot.agent);
          }
        }
      } else if (ballot.passes() && (doubt == null || ballot.begun >= doubt.opened)) {
        reached++;
      }
    }
    if (doubt != null) {
      for (String agent : doubt.asked) {
        if (roster.counts(agent, docket.target.pool())
            && !hasAnswered(docket.ballots.get(agent), doubt)) {
          waiting++;
        }
      }
    }
    return new Tally(reached, failing, failures, waiting, persistent, example);
  }

  /** Each of them, by the agent's name, and whether it counts. */
  static List<Vote> votes(Docket docket, Roster roster, long now) {
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

  private static boolean hasAnswered(@Nullable Ballot ballot, Doubt doubt) {
    return ballot != null && ballot.begun >= (ballot.fails() ? doubt.since : doubt.opened);
  }
}
