package io.weir.agent.balance;

import io.weir.agent.model.Health;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one agent knows of one endpoint of one pool, shared by all event loops; outlives snapshots.
 * The judgement is written by the prober and read by picks. Counters count since the agent started.
 * Thread-safe.
 */
public final class EndpointState {
  /** Counts what a balancer of the pool has to look at again. */
  private final AtomicLong changes;

  private volatile Judgement judgement = Judgement.NONE;
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

  /**
   * What picks are to go by.
   *
   * @param why one sentence or less; may be empty
   * @param belowFloor not while any endpoint at or above the pool's floor is usable
   */
  public record Judgement(Health health, String why, boolean belowFloor) {
    static final Judgement NONE = new Judgement(Health.UNKNOWN, "", false);
  }

  public Health health() {
    return judgement.health();
  }

  public Judgement judgement() {
    return judgement;
  }

  public void health(Health now) {
    judged(new Judgement(now, "", judgement.belowFloor()));
  }

  /** One thread at a time. */
  public void judged(Judgement now) {
    Judgement before = judgement;
    judgement = now;
    if (before.health() != now.health() || before.belowFloor() != now.belowFloor()) {
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
