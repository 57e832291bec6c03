package io.weir.controller.scaling;

/**
 * While the last seconds take twice what there is, and a minute longer, there are never fewer, as
 * in Knative's autoscaler. One thread at a time.
 */
final class Panic {
  private static final double FACTOR = 2;
  private static final long NEVER = Long.MIN_VALUE;

  private long until = NEVER;
  private int most;

  /**
   * @param lately how many endpoints the last seconds take
   * @return {@code wanted}, or the most that was wanted since it began
   */
  int least(Sample sample, int wanted, double lately) {
    long now = sample.atNanos();
    if (sample.usable() > 0 && lately >= FACTOR * (sample.usable() + sample.starting())) {
      until = now + Forecast.STABLE;
    }
    if (!isOn(now)) {
      most = 0;
      return wanted;
    }
    most = Math.max(most, Math.max(wanted, sample.endpoints()));
    return most;
  }

  boolean isOn(long now) {
    return until != NEVER && now < until;
  }

  void write(Memory memory, long now) {
    memory.time(until == NEVER ? now : until).integer(most);
  }

  void read(Memory memory) {
    until = memory.time();
    most = memory.integer();
  }
}
