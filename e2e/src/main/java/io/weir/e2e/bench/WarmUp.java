package io.weir.e2e.bench;

import java.time.Duration;
import java.util.List;

/**
 * Decides how long a contender is loaded before it is measured: at least so long, and until its
 * cost per request no longer falls, as it does while a JVM compiles; but not for ever.
 */
record WarmUp(Duration least, Duration most) {
  static final Duration SLICE = Duration.ofSeconds(2);

  /**
   * A slice that costs less than this part of the one before it shows that it still gets faster.
   */
  private static final double FALLING = 0.95;

  /** So many slices in a row that do not. */
  private static final int STEADY = 2;

  /** For who was warm once, and has to do something else now. */
  WarmUp again() {
    return new WarmUp(least.dividedBy(3), most);
  }

  /**
   * @param costs per request, of each slice so far
   */
  boolean enough(List<Double> costs) {
    Duration passed = SLICE.multipliedBy(costs.size());
    return passed.compareTo(most) >= 0 || (passed.compareTo(least) >= 0 && steady(costs));
  }

  private static boolean steady(List<Double> costs) {
    int last = costs.size() - 1;
    for (int i = last; i > last - STEADY; i--) {
      if (i < 1 || costs.get(i) < FALLING * costs.get(i - 1)) {
        return false;
      }
    }
    return true;
  }
}
