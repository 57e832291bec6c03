package io.weir.controller.health;

import io.weir.controller.health.Docket.Doubt;
import io.weir.controller.health.Roster.Runners;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which agents are asked to probe an endpoint at once, because of a doubt about it. */
final class Inquiries {
  private static final long MILLI = 1_000_000L;
  private static final long ANSWER_SLACK = 250 * MILLI;
  private static final long DOUBT_SLACK = 2_000 * MILLI;

  private final Settings settings;
  private final Roster roster;
  private final Dues dues;
  private final Map<String, List<Target>> asking = new LinkedHashMap<>();

  Inquiries(Settings settings, Roster roster, Dues dues) {
    this.settings = settings;
    this.roster = roster;
    this.dues = dues;
  }

  /**
   * Others are asked about it from now on.
   *
   * @param since when the failed probe began
   * @param known agents that have spoken
   */
  void open(Docket docket, long since, Set<String> known, long now) {
    Doubt doubt = new Doubt(since, now);
    long timeout = docket.check.timeout();
    doubt.expires = now + (docket.check.proof() + 1L) * timeout + DOUBT_SLACK;
    doubt.asked.addAll(known);
    docket.doubt = doubt;
    ask(docket, doubt, settings.electorate() - 1, now);
    dues.add(doubt.expires, docket);
  }

  /** Asks so many more. Returns whether there was anyone left to ask. */
  boolean ask(Docket docket, Doubt doubt, int more, long now) {
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
    dues.add(doubt.answersBy, docket);
    return asked > 0;
  }

  /** What has to be asked since this was last called. */
  List<Effect.Verify> take() {
    List<Effect.Verify> taken = new ArrayList<>();
    asking.forEach((agent, targets) -> taken.add(new Effect.Verify(agent, targets)));
    asking.clear();
    return taken;
  }
}
