package io.weir.agent.gossip;

/** Which numbers one sender has used: as RFC 4303 section 3.4.3 does it, with 1,024 of them. */
final class ReplayWindow {
  private static final int SIZE = 1_024;

  private final long[] seen = new long[SIZE / Long.SIZE];
  private long highest;

  /** Whether it is new; if so it is not any more. {@code number}: from 1. */
  boolean take(long number) {
    if (number <= 0 || number <= highest - SIZE) {
      return false;
    }
    if (number > highest) {
      long from = Math.max(highest + 1, number - SIZE + 1);
      for (long n = from; n <= number; n++) {
        seen[word(n)] &= ~bit(n);
      }
      highest = number;
    } else if ((seen[word(number)] & bit(number)) != 0) {
      return false;
    }
    seen[word(number)] |= bit(number);
    return true;
  }

  private static int word(long number) {
    return (int) (number % SIZE) / Long.SIZE;
  }

  private static long bit(long number) {
    return 1L << (number % Long.SIZE);
  }
}
