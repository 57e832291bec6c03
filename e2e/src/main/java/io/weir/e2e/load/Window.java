package io.weir.e2e.load;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/**
 * What came of the requests that were begun in one stretch of time. Written by all connections at
 * once.
 */
public final class Window {
  private final Map<String, LongAdder> served = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> reasons = new ConcurrentSkipListMap<>();
  private final LongAdder failedIdempotent = new LongAdder();
  private final LongAdder failedOther = new LongAdder();
  private final AtomicInteger underWay = new AtomicInteger();
  private final LongAccumulator slowest = new LongAccumulator(Math::max, 0);
  private final LongAccumulator lastFailure = new LongAccumulator(Math::max, Long.MIN_VALUE);

  /** One more request counts here; {@link #record} or {@link #leave} follows. */
  public void enter() {
    underWay.incrementAndGet();
  }

  void leave() {
    underWay.decrementAndGet();
  }

  /** Whether every request that entered has been recorded. */
  boolean complete() {
    return underWay.get() == 0;
  }

  /**
   * How a request that entered ended.
   *
   * @param beganNanos by {@link System#nanoTime}, as is {@code endedNanos}
   */
  public void record(Answer answer, boolean idempotent, long beganNanos, long endedNanos) {
    slowest.accumulate(endedNanos - beganNanos);
    switch (answer) {
      case Answer.Served(String endpoint) -> count(served, endpoint);
      case Answer.Failed(String reason) -> {
        count(reasons, (idempotent ? "GET " : "POST ") + reason);
        (idempotent ? failedIdempotent : failedOther).increment();
        lastFailure.accumulate(endedNanos);
      }
    }
    leave();
  }

  public long served(String endpoint) {
    LongAdder count = served.get(endpoint);
    return count == null ? 0 : count.sum();
  }

  public long served() {
    return served.values().stream().mapToLong(LongAdder::sum).sum();
  }

  public long failedIdempotent() {
    return failedIdempotent.sum();
  }

  public long failedOther() {
    return failedOther.sum();
  }

  public long failed() {
    return failedIdempotent() + failedOther();
  }

  public long requests() {
    return served() + failed();
  }

  /** Why requests failed and how many, by method and reason. */
  public Map<String, Long> reasons() {
    var result = new ConcurrentSkipListMap<String, Long>();
    reasons.forEach((reason, count) -> result.put(reason, count.sum()));
    return result;
  }

  /** Of all requests, in nanoseconds. */
  public long slowestNanos() {
    return slowest.get();
  }

  /**
   * From {@code sinceNanos} until the last failed request ended, in milliseconds; 0 when none did.
   */
  public double lastFailureMillis(long sinceNanos) {
    return failed() == 0 ? 0 : Math.max(0, (lastFailure.get() - sinceNanos) / 1e6);
  }

  private static void count(Map<String, LongAdder> map, String key) {
    map.computeIfAbsent(key, k -> new LongAdder()).increment();
  }
}
