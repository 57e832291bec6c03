package io.weir.agent.balance;

import io.weir.agent.model.Health;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one agent knows of one endpoint of one pool, shared by all event loops; outlives snapshots.
 * Health is written by probes and read by picks. Counters count since the agent started.
 * Thread-safe.
 */
public final class EndpointState {
  /** Counts what a balancer of the pool has to look at again. */
  private final AtomicLong changes;

  private volatile Health health = Health.UNKNOWN;
  private volatile Peers peers = Peers.NONE;
  private volatile LoopShare[] shares = {};
  private final LongAdder failed = new LongAdder();
  private final LongAdder retried = new LongAdder();

  EndpointState(AtomicLong changes) {
    this.changes = changes;
  }

  AtomicLong changes() {
    return changes;
  }

  public Health health() {
    return health;
  }

  public void health(Health now) {
    if (health != now) {
      health = now;
      changes.incrementAndGet();
    }
  }

  /** What was heard of other agents. */
  public void peers(Peers now) {
    peers = now;
  }

  /** For one more event loop. */
  synchronized LoopShare newShare() {
    LoopShare[] more = Arrays.copyOf(shares, shares.length + 1);
    LoopShare added = new LoopShare();
    more[shares.length] = added;
    shares = more;
    return added;
  }

  /** Requests under way that are not the loop's own: other loops' and other agents'. */
  @SuppressWarnings("ReferenceEquality") // that very one
  int elsewhere(LoopShare own, long now) {
    long sum = peers.inFlight(now);
    LoopShare[] all = shares;
    if (all.length > 1) {
      for (LoopShare share : all) {
        if (share != own) {
          sum += share.outstanding();
        }
      }
    }
    return (int) Math.min(sum, Integer.MAX_VALUE / 2);
  }

  void failed() {
    failed.increment();
  }

  /** A request that failed here is tried elsewhere. */
  public void retried() {
    retried.increment();
  }

  /** Requests under way. */
  public long inFlight() {
    long sum = 0;
    for (LoopShare share : shares) {
      sum += share.outstanding();
    }
    return sum;
  }

  /** Requests finished. */
  public long requests() {
    long sum = 0;
    for (LoopShare share : shares) {
      sum += share.finished();
    }
    return sum;
  }

  /** Of those, requests that the endpoint did not answer. */
  public long failures() {
    return failed.sum();
  }

  public long retries() {
    return retried.sum();
  }
}
