package io.weir.e2e.bench;

import java.io.PrintStream;
import java.time.Duration;

/** One line for each thing that is done, with the time that is left. */
final class Progress {
  private final PrintStream out;
  private long left;

  /**
   * @param planned how long all steps take together
   */
  Progress(PrintStream out, Duration planned) {
    this.out = out;
    this.left = planned.toSeconds();
  }

  /** Something begins that was planned to take so long. */
  void step(String what, Duration planned) {
    out.printf("%6s left  %s%n", time(left), what);
    out.flush();
    left = Math.max(0, left - planned.toSeconds());
  }

  /** What came of it. */
  void result(String what) {
    out.printf("             %s%n", what);
    out.flush();
  }

  private static String time(long seconds) {
    return seconds < 60 ? seconds + "s" : "%dm%02ds".formatted(seconds / 60, seconds % 60);
  }
}
