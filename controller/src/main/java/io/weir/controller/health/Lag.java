package io.weir.controller.health;

/**
 * How much longer a message of one agent was under way than the fastest of the last minute or two,
 * by the times at which the agent says that it sent them. What waited on a stalled connection would
 * pass for news otherwise. The two clocks need not agree, and may drift apart. All times are
 * nanoseconds. One thread at a time.
 */
final class Lag {
  private static final long WINDOW = 60_000_000_000L;

  private long since;
  private long least = Long.MAX_VALUE;
  private long leastBefore = Long.MAX_VALUE;
  private long last = Long.MIN_VALUE;

  Lag(long now) {
    since = now;
  }

  /**
   * Of the message that came now.
   *
   * @param sent by the agent's clock
   * @return at least 0
   */
  long of(long sent, long now) {
    if (sent < last) {
      // Another process by that name, with a clock of its own.
      least = Long.MAX_VALUE;
      leastBefore = Long.MAX_VALUE;
    }
    last = sent;
    if (now - since >= WINDOW) {
      leastBefore = now - since < 2 * WINDOW ? least : Long.MAX_VALUE;
      least = Long.MAX_VALUE;
      since = now;
    }
    long apart = now - sent;
    least = Math.min(least, apart);
    return apart - Math.min(least, leastBefore);
  }
}
