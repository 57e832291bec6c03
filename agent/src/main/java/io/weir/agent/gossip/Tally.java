package io.weir.agent.gossip;

import io.weir.agent.membership.MemberState;
import io.weir.agent.membership.Ring;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts packets. Thread-safe. */
final class Tally {
  private final LongAdder sent = new LongAdder();
  private final LongAdder received = new LongAdder();
  private final Map<Dropped, LongAdder> dropped = new EnumMap<>(Dropped.class);

  Tally() {
    for (Dropped why : Dropped.values()) {
      dropped.put(why, new LongAdder());
    }
  }

  void sent() {
    sent.increment();
  }

  void received() {
    received.increment();
  }

  void dropped(Dropped why) {
    LongAdder count = dropped.get(why);
    if (count != null) {
      count.increment();
    }
  }

  GossipCounts counts(List<Ring.View> members, int localHealth, int backlog) {
    Map<Dropped, Long> all = new EnumMap<>(Dropped.class);
    dropped.forEach((why, count) -> all.put(why, count.sum()));
    int alive = 0;
    int suspect = 0;
    int dead = 0;
    for (Ring.View member : members) {
      switch (member.state()) {
        case MemberState.Alive _ -> alive++;
        case MemberState.Suspect _ -> suspect++;
        case MemberState.Dead _ -> dead++;
        case MemberState.Left _ -> {}
      }
    }
    return new GossipCounts(
        sent.sum(), received.sum(), all, alive, suspect, dead, localHealth, backlog);
  }
}
