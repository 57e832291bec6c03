package io.weir.agent.balance;

import io.weir.agent.model.Circuit;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one agent has under way at one pool, and whether that may be more: shared by all event
 * loops, so that limits hold for the agent as a whole, give or take a request for each loop that
 * asks at the same moment. Outlives snapshots. Thread-safe.
 */
public final class PoolLoad {
  private volatile LoopLoad[] shares = {};
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger pending = new AtomicInteger();
  private final RetryBudget budget = new RetryBudget();
  private long retries;
  private final LongAdder unserved = new LongAdder();
  private final Map<Limit, LongAdder> overflows = new EnumMap<>(Limit.class);

  /** What can be too many. */
  public enum Limit {
    CONNECTIONS,
    PENDING,
    REQUESTS,
    RETRIES
  }

  PoolLoad() {
    for (Limit limit : Limit.values()) {
      overflows.put(limit, new LongAdder());
    }
  }

  /** For one more event loop. */
  synchronized LoopLoad newShare() {
    LoopLoad[] more = Arrays.copyOf(shares, shares.length + 1);
    LoopLoad added = new LoopLoad();
    more[shares.length] = added;
    shares = more;
    return added;
  }

  /** Under way. */
  public int requests() {
    int sum = 0;
    for (LoopLoad share : shares) {
      sum += share.outstanding();
    }
    return sum;
  }

  /** Whether one more request may be; counted when not. */
  public boolean admits(Circuit circuit) {
    return circuit.requests() == 0 || requests() < circuit.requests() || overflow(Limit.REQUESTS);
  }

  /**
   * Whether a request that failed may be tried again, which then counts as if it were.
   *
   * @param now monotonic, ns
   */
  public synchronized boolean mayRetry(Circuit circuit, long now) {
    long begun = -retries;
    for (LoopLoad share : shares) {
      begun += share.begun();
    }
    if (budget.take(circuit.retries(), begun, now)) {
      retries++;
      return true;
    }
    return overflow(Limit.RETRIES);
  }

  /** Connections open, or about to be. */
  public int connections() {
    return connections.get();
  }

  /** Those about to be. */
  public int pending() {
    return pending.get();
  }

  /** A connection is about to be opened. */
  public void connecting() {
    connections.incrementAndGet();
    pending.incrementAndGet();
  }

  /** It is open, or will not be. */
  public void settled(boolean open) {
    pending.decrementAndGet();
    if (!open) {
      connections.decrementAndGet();
    }
  }

  /** One that was open is not. */
  public void closed() {
    connections.decrementAndGet();
  }

  /** Counts something that would have been too many; false, for brevity. */
  public boolean overflow(Limit limit) {
    Objects.requireNonNull(overflows.get(limit)).increment();
    return false;
  }

  /** A request came to nothing as there was no endpoint for it. */
  public void noEndpoint() {
    unserved.increment();
  }

  /** Requests that there was no endpoint, or no room, for. */
  public long unserved() {
    return unserved.sum()
        + overflows(Limit.REQUESTS)
        + overflows(Limit.CONNECTIONS)
        + overflows(Limit.PENDING);
  }

  /** How often there would have been too many. */
  public long overflows(Limit limit) {
    return Objects.requireNonNull(overflows.get(limit)).sum();
  }
}
