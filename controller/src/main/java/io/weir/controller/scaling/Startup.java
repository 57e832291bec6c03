package io.weir.controller.scaling;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * How long a new endpoint takes until it serves: three quarters of the last 16 took that at most.
 */
final class Startup {
  private static final int REMEMBERED = 16;

  private final double prior;
  private final Deque<Double> seconds = new ArrayDeque<>();

  Startup(Duration prior) {
    this.prior = prior.toMillis() / 1e3;
  }

  void add(double took) {
    seconds.addLast(Math.clamp(took, 0, 3600));
    if (seconds.size() > REMEMBERED) {
      seconds.removeFirst();
    }
  }

  /** In seconds; what was declared counts as one that was seen. */
  double seconds() {
    double[] all = new double[seconds.size() + 1];
    int next = 0;
    for (double one : seconds) {
      all[next++] = one;
    }
    all[next] = prior;
    Arrays.sort(all);
    return seconds.isEmpty() ? prior : all[(int) Math.ceil(0.75 * all.length) - 1];
  }

  Iterable<Double> seen() {
    return seconds;
  }

  int size() {
    return seconds.size();
  }
}
