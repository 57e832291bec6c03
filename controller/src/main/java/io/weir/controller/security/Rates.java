package io.weir.controller.security;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often each may do something: a bucket of tokens for each, filled at a steady rate. Of those
 * that did nothing for longest the buckets are forgotten, which are full by then. Safe from any
 * thread.
 */
public final class Rates {
  private static final int MOST = 10_000;
  private static final double NANOS_PER_SECOND = 1e9;

  private final double perSecond;
  private final double burst;
  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > MOST;
        }
      };

  /**
   * @param perSecond above 0
   * @param burst that may be done at once, at least 1
   */
  public Rates(double perSecond, double burst) {
    if (!(perSecond > 0) || !(burst >= 1)) {
      throw new IllegalArgumentException("no rate: " + perSecond + ", " + burst);
    }
    this.perSecond = perSecond;
    this.burst = burst;
  }

  private static final class Bucket {
    private double tokens;
    private long at;
  }

  /**
   * Takes one for {@code who}.
   *
   * @param now monotonic nanoseconds
   * @return 0: taken; else after how many nanoseconds there is one again, nothing was taken
   */
  public synchronized long take(String who, long now) {
    Bucket bucket = buckets.get(who);
    if (bucket == null) {
      bucket = new Bucket();
      bucket.tokens = burst;
      bucket.at = now;
      buckets.put(who, bucket);
    }
    double since = Math.max(0, now - bucket.at) / NANOS_PER_SECOND;
    bucket.tokens = Math.min(burst, bucket.tokens + since * perSecond);
    bucket.at = now;
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    return Math.max(1, (long) Math.ceil((1 - bucket.tokens) / perSecond * NANOS_PER_SECOND));
  }

  double perSecond() {
    return perSecond;
  }
}
