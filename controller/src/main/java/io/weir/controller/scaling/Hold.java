package io.weir.controller.scaling;

import java.time.Duration;

/**
 * For how long a number must have been too large before fewer are recommended. What was given up
 * and is needed again within the longest time should have been kept for that long, and next time is
 * held for twice that; this fades within hours. Where the two times are equal nothing is learned.
 * One thread at a time.
 */
final class Hold {
  private static final double LONGER = 2;
  private static final double AGAIN = 1.2;

  /** In nanoseconds; what is learned is down to a third of it by then. */
  private static final double FADE = 6 * 3600e9;

  private final double least;
  private final double most;
  private double nanos;
  private long faded;

  Hold(Duration least, Duration most) {
    this.least = least.toNanos();
    this.most = most.toNanos();
    nanos = this.least;
  }

  /**
   * More are wanted than there are.
   *
   * @param wantedBefore the most of what was wanted, over the longest time
   */
  void comesBack(long now, int current, int wanted, Extremes wantedBefore) {
    if (wanted < AGAIN * current) {
      return;
    }
    long gone = Long.MAX_VALUE;
    for (Extremes.Step step : wantedBefore.steps()) {
      if (step.value() >= AGAIN * current) {
        gone = now - step.from();
      }
    }
    if (gone <= most) {
      nanos = Math.clamp(LONGER * gone, nanos, Math.max(nanos, most));
    }
  }

  void fade(long now) {
    if (faded != 0) {
      nanos -= (nanos - least) * Math.clamp((now - faded) / FADE, 0, 1);
    }
    faded = now;
  }

  long nanos() {
    return (long) nanos;
  }

  void write(Memory memory) {
    memory.number(nanos / 1e9);
  }

  /** Where an earlier version wrote it there is none. */
  void read(Memory memory) {
    if (memory.hasMore()) {
      nanos = Math.clamp(memory.number() * 1e9, least, most);
    }
  }
}
