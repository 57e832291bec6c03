package io.weir.agent.health;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;

/** Which endpoints are due when; each is in it once or not. */
final class Agenda {
  // Times are compared by their difference, as System.nanoTime() asks for.
  private final TreeSet<Watch> queue =
      new TreeSet<>((one, other) -> {
        int byTime = Long.signum(one.due - other.due);
        return byTime != 0 ? byTime : Long.compare(one.serial, other.serial);
      });

  /** In place of what was planned for it; empty: not at all. */
  void plan(Watch watch, OptionalLong at) {
    if (watch.queued) {
      queue.remove(watch);
    }
    watch.queued = at.isPresent();
    if (at.isPresent()) {
      watch.due = at.getAsLong();
      queue.add(watch);
    }
  }

  OptionalLong next() {
    return queue.isEmpty() ? OptionalLong.empty() : OptionalLong.of(queue.first().due);
  }

  /** Takes away what is due, the earliest first, and no more than {@code most}. */
  List<Watch> take(long now, int most) {
    List<Watch> due = new ArrayList<>();
    while (due.size() < most && !queue.isEmpty() && queue.first().due - now <= 0) {
      Watch watch = queue.removeFirst();
      watch.queued = false;
      due.add(watch);
    }
    return due;
  }
}
