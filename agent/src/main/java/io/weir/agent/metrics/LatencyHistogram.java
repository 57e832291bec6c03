package io.weir.agent.metrics;

import java.util.Arrays;

/**
 * How often something took how long: from 1 us to 100 s in buckets at most 1.16 times as wide as
 * they begin, with 1, 2.5 and 5 of every power of ten among their bounds, so that coarser buckets
 * are exact sums. Recording allocates nothing. Not thread-safe.
 */
public final class LatencyHistogram {
  /** Inclusive upper bounds, in nanoseconds, ascending; one more bucket takes what is longer. */
  private static final long[] BOUNDS = bounds();

  /** By {@link #coarse}: the first bucket that a value of that class can be in. */
  private static final short[] FIRST = first();

  private static final int COARSE_BITS = 4;

  private final long[] counts = new long[BOUNDS.length + 1];
  private long count;
  private long sum;

  /**
   * @param nanos what is negative counts as 0
   */
  public void record(long nanos) {
    long n = Math.max(0, nanos);
    int i = FIRST[coarse(n)];
    while (i < BOUNDS.length && n > BOUNDS[i]) {
      i++;
    }
    counts[i]++;
    count++;
    sum += n;
  }

  public long count() {
    return count;
  }

  /** In nanoseconds. */
  public long sum() {
    return sum;
  }

  public void add(LatencyHistogram other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    count += other.count;
    sum += other.sum;
  }

  /**
   * How many took at most {@code nanos}; exact when that is a bucket's bound, otherwise for the
   * next lower bound.
   */
  public long countUpTo(long nanos) {
    long total = 0;
    for (int i = 0; i < BOUNDS.length && BOUNDS[i] <= nanos; i++) {
      total += counts[i];
    }
    return total;
  }

  /**
   * In nanoseconds, what that part of all took at most, within 8 percent between 1 us and 100 s; 0
   * when there is nothing.
   *
   * @param quantile 0 to 1
   */
  public long quantile(double quantile) {
    long rank = Math.max(1, (long) Math.ceil(quantile * count));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= rank) {
        return i == 0
            ? BOUNDS[0]
            : i == BOUNDS.length ? BOUNDS[i - 1] : (BOUNDS[i - 1] + BOUNDS[i]) / 2;
      }
    }
    return 0;
  }

  /** Is told of every bucket that holds any, ascending. */
  @FunctionalInterface
  public interface Buckets {
    /**
     * @param bound the longest that it takes, in nanoseconds; of the last one, which takes what is
     *     longer than any bound, 100 s
     */
    void bucket(long bound, long count);
  }

  public void each(Buckets to) {
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        to.bucket(BOUNDS[Math.min(i, BOUNDS.length - 1)], counts[i]);
      }
    }
  }

  /** The highest set bit, and the four bits behind it. */
  private static int coarse(long n) {
    int exponent = Long.SIZE - Long.numberOfLeadingZeros(n | 1 << COARSE_BITS) - 1;
    return exponent << COARSE_BITS | (int) (n >>> exponent - COARSE_BITS) & (1 << COARSE_BITS) - 1;
  }

  private static long[] bounds() {
    int[] mantissas = {
      10, 11, 12, 13, 15, 16, 18, 20, 22, 25, 28, 30, 33, 36, 40, 45, 50, 55, 60, 65, 72, 80, 90
    };
    long[] bounds = new long[8 * mantissas.length + 1];
    int i = 0;
    long unit = 100; // a tenth of a microsecond
    for (int decade = 0; decade < 8; decade++) {
      for (int mantissa : mantissas) {
        bounds[i++] = mantissa * unit;
      }
      unit *= 10;
    }
    bounds[i] = 10 * unit;
    return bounds;
  }

  private static short[] first() {
    short[] table = new short[Long.SIZE << COARSE_BITS];
    Arrays.fill(table, (short) BOUNDS.length);
    // Downwards, so that a class keeps the lowest bucket.
    for (int i = BOUNDS.length - 1; i >= 0; i--) {
      int from = i == 0 ? 0 : coarse(BOUNDS[i - 1] + 1);
      Arrays.fill(table, from, coarse(BOUNDS[i]) + 1, (short) i);
    }
    return table;
  }
}
