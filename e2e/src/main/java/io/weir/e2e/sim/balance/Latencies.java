package io.weir.e2e.sim.balance;

/**
 * A histogram of durations. A quantile is at most 0.4 % above the true one; it does not grow with
 * what it counts.
 */
final class Latencies {
  /** Buckets for each power of two. */
  private static final int FINE_BITS = 8;

  private static final int FINE = 1 << FINE_BITS;

  private final long[] counts = new long[(Long.SIZE - FINE_BITS) * FINE];
  private long total;
  private double sum;

  void record(long nanos) {
    counts[bucket(nanos)]++;
    total++;
    sum += nanos;
  }

  long count() {
    return total;
  }

  /** In nanoseconds; 0 when nothing was recorded. */
  double mean() {
    return total == 0 ? 0 : sum / total;
  }

  /**
   * So many were at most that long, in nanoseconds; 0 when nothing was recorded.
   *
   * @param part above 0, up to 1
   */
  long quantile(double part) {
    long rank = (long) Math.ceil(part * total);
    long seen = 0;
    for (int bucket = 0; bucket < counts.length; bucket++) {
      seen += counts[bucket];
      if (seen >= rank && seen > 0) {
        return highest(bucket);
      }
    }
    return 0;
  }

  private static int bucket(long nanos) {
    if (nanos < FINE) {
      return (int) Math.max(0, nanos);
    }
    int shift = Long.SIZE - 1 - FINE_BITS - Long.numberOfLeadingZeros(nanos);
    return shift * FINE + (int) (nanos >>> shift);
  }

  private static long highest(int bucket) {
    if (bucket < FINE) {
      return bucket;
    }
    int shift = bucket / FINE - 1;
    return ((long) (bucket - shift * FINE + 1) << shift) - 1;
  }
}
