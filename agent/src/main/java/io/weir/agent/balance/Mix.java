package io.weir.agent.balance;

/**
 * Numbers out of a pick's seed: the same seed gives the same numbers, so that a pick can be
 * repeated.
 */
final class Mix {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private Mix() {}

  /** The {@code index}th number of a seed (SplitMix64; Steele, Lea, Flood: OOPSLA 2014). */
  static long number(long seed, int index) {
    return mix(seed + (index + 1) * GOLDEN);
  }

  /** Every bit of {@code z} changes every bit of the answer, and no two answers are the same. */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** 0 to {@code bound - 1} out of the upper 32 bits. */
  static int below(long bits, int bound) {
    return (int) (((bits >>> 32) * bound) >>> 32);
  }
}
