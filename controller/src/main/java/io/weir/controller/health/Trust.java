package io.weir.controller.health;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What each agent has spoken about, and how often the others found otherwise. */
final class Trust {
  private static final int LEAST = 3;

  /** One agent's. */
  static final class Standing {
    final Set<Docket> spoken = new HashSet<>();
    int dissents;

    /** Too much to be taken for bad luck: at least three, and half of what it observes. */
    boolean isLost() {
      return dissents >= LEAST && dissents * 2 >= spoken.size();
    }

    boolean isRegained() {
      return dissents == 0 || dissents * 4 < spoken.size();
    }
  }

  private final Map<String, Standing> byAgent = new HashMap<>();

  Standing of(String agent) {
    return byAgent.computeIfAbsent(agent, _ -> new Standing());
  }

  void add(Docket docket, Ballot ballot) {
    of(ballot.agent).spoken.add(docket);
  }

  void remove(Docket docket, Ballot ballot) {
    Standing record = of(ballot.agent);
    record.spoken.remove(docket);
    dissent(record, ballot, false);
  }

  void dissent(Ballot ballot, boolean dissents) {
    dissent(of(ballot.agent), ballot, dissents);
  }

  private static void dissent(Standing record, Ballot ballot, boolean dissents) {
    if (ballot.dissents != dissents) {
      ballot.dissents = dissents;
      record.dissents += dissents ? 1 : -1;
    }
  }

  Standing forget(String agent) {
    Standing record = byAgent.remove(agent);
    return record == null ? new Standing() : record;
  }
}
