package io.weir.controller.health;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All that the board holds of one endpoint. */
final class Docket {
  static final long FIRST_LOOK_AGAIN = 2_000_000_000L;

  final Target target;
  Check check;
  Verdict verdict = new Verdict.Unknown();
  String reason = "";

  /** When the verdict became what it is. */
  long since;

  /** The agents that probe it by the clock, best first. */
  List<String> observers = List.of();

  /** By agent; of observers and of those asked or failing lately. */
  final Map<String, Ballot> ballots = new LinkedHashMap<>();

  @Nullable Doubt doubt;
  Flaps flaps = Flaps.NONE;

  /** Would be ejected, as far as the votes go that came so far. */
  boolean looming;

  /** Only the freeze, or a lack of agents connected, is in the way of its ejection. */
  boolean blocked;

  /**
   * When those that reached it, and do not probe it by the clock, are asked anew; and after how
   * long.
   */
  long lookAgainAt = Long.MAX_VALUE;

  long lookAgainAfter = FIRST_LOOK_AGAIN;

  /** Judged no more. */
  boolean dropped;

  Docket(Target target, Check check, long now) {
    this.target = target;
    this.check = check;
    this.since = now;
  }

  /** A failure that others have been asked about. */
  static final class Doubt {
    /** When the failed probe began. Failures from then on count. */
    final long since;

    /** When the others were asked. Passes from then on count. */
    final long opened;

    final Set<String> asked = new HashSet<>();

    /** Who has not answered by then is not waited for. */
    long answersBy;

    /** Over, unless decided before. */
    long expires;

    Doubt(long since, long opened) {
      this.since = since;
      this.opened = opened;
    }
  }

  boolean isInterestedIn(String agent) {
    return observers.contains(agent)
        || (doubt != null && doubt.asked.contains(agent))
        || (verdict instanceof Verdict.Asymmetric known && known.agents().contains(agent));
  }
}
