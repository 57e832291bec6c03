package io.weir.agent.balance;

import io.weir.agent.health.Ejection;
import io.weir.agent.health.Traffic;
import io.weir.agent.model.Health;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What one agent knows of one endpoint of one pool, shared by all event loops; outlives snapshots.
 * The judgement is written by the prober and read by picks. Counters count since the agent started.
 * Thread-safe.
 */
public final class EndpointState {
  private static final AtomicIntegerFieldUpdater<EndpointState> IN_A_ROW =
      AtomicIntegerFieldUpdater.newUpdater(EndpointState.class, "inARow");

  /** Between two doubts, ns. */
  private static final long DOUBT = 1_000_000_000;

  private static final long UNDOUBTED = Long.MIN_VALUE;

  /** Counts what a balancer of the pool has to look at again. */
  private final AtomicLong changes;

  private volatile Judgement judgement = Judgement.NONE;
  private volatile Peers peers = Peers.NONE;
  private volatile LoopShare[] shares = {};
  private final LongAdder failed = new LongAdder();
  private final LongAdder retried = new LongAdder();

  /** Gateway errors since anything else. */
  private volatile int inARow;

  private volatile @Nullable Ejection ejection;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicLong doubtedAt = new AtomicLong(UNDOUBTED);
  private final Failures failures;

  /** Told of gateway errors; as {@link EndpointStates.Failures}. */
  interface Failures {
    void failed(int inARow, boolean unanswered, long now);
  }

  EndpointState(AtomicLong changes, Failures failures) {
    this.changes = changes;
    this.failures = failures;
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

  /** Why this agent's traffic is kept from it; null: it is not. */
  public @Nullable Ejection ejection() {
    return ejection;
  }

  /** Begins or, with null, ends an ejection. */
  public void ejection(@Nullable Ejection now) {
    if (!Objects.equals(ejection, now)) {
      inARow = 0;
      ejection = now;
      changes.incrementAndGet();
    }
  }

  /** Whether a picker may take it as far as health and traffic say. */
  boolean usable() {
    return judgement.health() != Health.UNHEALTHY && ejection == null;
  }

  /** A request came to something that is no gateway error. */
  void worked() {
    if (inARow != 0) {
      inARow = 0;
    }
  }

  /** A request came to a gateway error. */
  void gatewayError(boolean unanswered, long now) {
    failures.failed(IN_A_ROW.incrementAndGet(this), unanswered, now);
  }

  /** Whether there was no doubt of it for a second, so that this one counts; ns. */
  public boolean doubt(long now) {
    long last = doubtedAt.get();
    return (last == UNDOUBTED || now - last >= DOUBT) && doubtedAt.compareAndSet(last, now);
  }

  /** Connections of this agent that are open, or about to be. */
  public int connections() {
    return connections.get();
  }

  /** So many more. */
  public void connections(int more) {
    connections.addAndGet(more);
  }

  /** What its requests came to. */
  public Traffic traffic() {
    long requests = 0;
    long errors = 0;
    long answers = 0;
    long nanos = 0;
    for (LoopShare share : shares) {
      answers += share.answers();
      nanos += share.answerNanos();
      errors += share.errors();
      requests += share.silent();
    }
    return new Traffic(requests + answers, errors, answers, nanos);
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
