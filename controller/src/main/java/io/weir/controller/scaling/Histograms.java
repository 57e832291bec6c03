package io.weir.controller.scaling;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Sums of histograms, and what can be told of them. */
final class Histograms {
  /** Of a bucket's bound, as agents' buckets begin at most a seventh lower. */
  private static final double MIDDLE = 0.93;

  private Histograms() {}

  /** Of all answers together, in microseconds. */
  static double sum(Latencies latencies) {
    double sum = 0;
    for (int i = 0; i < latencies.micros().size(); i++) {
      sum += latencies.micros().get(i) * MIDDLE * latencies.counts().get(i);
    }
    return sum;
  }

  static SortedMap<Long, Long> merged(Iterable<Latencies> several) {
    SortedMap<Long, Long> all = new TreeMap<>();
    for (Latencies latencies : several) {
      for (int i = 0; i < latencies.micros().size(); i++) {
        all.merge(latencies.micros().get(i), latencies.counts().get(i), Long::sum);
      }
    }
    return all;
  }

  /**
   * In microseconds, the bound of the bucket that it lies in; 0: there are fewer than {@code
   * least}.
   */
  static double quantile(SortedMap<Long, Long> all, double quantile, long least) {
    long total = all.values().stream().mapToLong(Long::longValue).sum();
    if (total < Math.max(1, least)) {
      return 0;
    }
    long rank = (long) Math.ceil(quantile * total);
    long seen = 0;
    for (Map.Entry<Long, Long> bucket : all.entrySet()) {
      seen += bucket.getValue();
      if (seen >= rank) {
        return bucket.getKey();
      }
    }
    return all.lastKey();
  }
}
