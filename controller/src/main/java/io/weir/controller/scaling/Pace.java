package io.weir.controller.scaling;

import io.weir.v1.ScaleSelect;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How fast a number may change: stabilization and policies by the rules of the Kubernetes
 * HorizontalPodAutoscaler. One thread at a time.
 */
final class Pace {
  private static final long NEVER = Long.MIN_VALUE;
  private static final int MOST_CHANGES = 128;
  private static final long LONGEST_PERIOD = 1800 * Forecast.SECOND;

  private final Terms.Behavior out;
  private final Terms.Behavior in;
  private final Extremes least;
  private final Extremes most;
  private final Hold hold;
  private final Deque<Change> changes = new ArrayDeque<>();
  private long came = NEVER;
  private long went = NEVER;

  private record Change(long at, int by) {}

  Pace(Terms terms) {
    out = terms.out();
    in = terms.in();
    least = new Extremes(out.stabilization().toNanos(), Math::min);
    most = new Extremes(in.longest().toNanos(), Math::max);
    hold = new Hold(in.stabilization(), in.longest());
  }

  /** The number of endpoints was changed. */
  void changed(long at, int by) {
    changes.addLast(new Change(at, by));
    if (by > 0) {
      came = at;
    } else {
      went = at;
    }
    while (changes.size() > MOST_CHANGES || at - changes.getFirst().at() > LONGEST_PERIOD) {
      changes.removeFirst();
    }
  }

  /**
   * What comes of {@code wanted} with what was wanted before.
   *
   * @param steady what was wanted if nothing had piled up and nothing would rise: what is only for
   *     a moment does not count for as long
   */
  int stabilized(long now, int current, int wanted, int steady) {
    least.add(now, wanted);
    if (wanted > current) {
      hold.comesBack(now, current, wanted, most);
    }
    most.add(now, steady);
    hold.fade(now);
    int up = least.get();
    int down = Math.max(wanted, most.get(now, hold.nanos()));
    int stable = current;
    if (stable < up) {
      stable = up;
    }
    return Math.min(stable, Math.max(down, up));
  }

  /** As near to {@code wanted} as policies let it come now. */
  int limited(long now, int current, int wanted) {
    if (wanted > current) {
      return Math.min(wanted, Math.max(current, ceiling(now, current)));
    }
    return wanted < current ? Math.max(wanted, Math.min(current, floor(now, current))) : wanted;
  }

  private int ceiling(long now, int current) {
    if (out.select() == ScaleSelect.SCALE_SELECT_NONE) {
      return current;
    }
    boolean widest = out.select() != ScaleSelect.SCALE_SELECT_LEAST;
    double limit = widest ? 0 : Integer.MAX_VALUE;
    for (Terms.Policy policy : out.policies()) {
      int begun = begun(now, current, policy);
      double allowed =
          policy.endpoints() > 0
              ? begun + policy.endpoints()
              : Math.ceil(begun * (1 + policy.percent() / 100) - 1e-9);
      limit = widest ? Math.max(limit, allowed) : Math.min(limit, allowed);
    }
    // From nothing a percentage leads nowhere.
    return (int) Math.min(Integer.MAX_VALUE, current == 0 ? Math.max(1, limit) : limit);
  }

  private int floor(long now, int current) {
    if (in.select() == ScaleSelect.SCALE_SELECT_NONE) {
      return current;
    }
    boolean widest = in.select() != ScaleSelect.SCALE_SELECT_LEAST;
    double limit = widest ? Integer.MAX_VALUE : 0;
    for (Terms.Policy policy : in.policies()) {
      int begun = begun(now, current, policy);
      double allowed =
          policy.endpoints() > 0
              ? begun - policy.endpoints()
              : Math.floor(begun * (1 - Math.min(100, policy.percent()) / 100) + 1e-9);
      limit = widest ? Math.min(limit, allowed) : Math.max(limit, allowed);
    }
    return (int) Math.max(0, limit);
  }

  /** How many there were when the policy's period that ends now began. */
  private int begun(long now, int current, Terms.Policy policy) {
    int by =
        changes.stream()
            .filter(change -> now - change.at() < policy.period().toNanos())
            .mapToInt(Change::by)
            .sum();
    return Math.max(0, current - by);
  }

  /** There have become more within a time. */
  boolean cameWithin(long now, long time) {
    return came != NEVER && now - came < time;
  }

  /** There have become fewer within a time. */
  boolean wentWithin(long now, long time) {
    return went != NEVER && now - went < time;
  }

  void write(Memory memory) {
    least.write(memory);
    most.write(memory);
    memory.integer(changes.size());
    changes.forEach(change -> memory.time(change.at()).integer(change.by()));
    hold.write(memory);
  }

  void read(Memory memory) {
    least.read(memory);
    most.read(memory);
    for (int i = memory.count(); i > 0; i--) {
      changed(memory.time(), memory.integer());
    }
    hold.read(memory);
  }

  Extremes most() {
    return most;
  }
}
