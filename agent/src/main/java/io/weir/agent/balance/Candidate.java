package io.weir.agent.balance;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint as the balancer of one loop sees it, whatever the policy; outlives changes of the
 * pool. Confined to that loop.
 */
final class Candidate {
  /** How long a look at other loops' and agents' load is good for, ns. */
  private static final long LOOK = 1_000_000;

  private final EndpointState state;
  private final LoopShare share;
  private final Memory memory;

  /** In the pool. */
  int index;

  private Endpoint endpoint;

  private int outstanding;
  private int elsewhere;
  private long lookedElsewhere;

  /** Those that wait for an answer, in the order they began. */
  private @Nullable Ticket oldest;

  private @Nullable Ticket newest;
  private long oldestBegan;

  private double latency;
  private long latencyAt;
  private boolean measured;

  /** In the set that is in force: where, and with which weight. */
  @Nullable Tier tier;

  int slot;
  double weight = 1;
  double inverse = 1;
  @Nullable LoadHeap heap;

  /** During one pick: not to be taken. */
  boolean tried;

  /** Of round robin: behind its share by so many requests × {@link #creditTotal}. */
  long credit;

  long creditTotal;

  /** Of turns: when its next one is, in the virtual time of {@link Memory#turn}. */
  double turn;

  double turnInverse;

  /** What a client's cookie says of it; 0: nothing. */
  long token;

  /** Of slow start. */
  boolean usableBefore;

  boolean ramping;
  long rampBegan;

  Candidate(Endpoint endpoint, EndpointState state, Memory memory, long now) {
    this.endpoint = endpoint;
    this.state = state;
    this.memory = memory;
    share = state.newShare();
    lookedElsewhere = now - LOOK - 1;
    latency = memory.latency();
    latencyAt = now;
    measured = latency > 0; // as well as others are
  }

  /** One of whom nothing more is known than what decided a pick, at the time 0. */
  static Candidate replica(Explanation.Considered of, Memory memory) {
    Candidate replica =
        new Candidate(of.endpoint(), new EndpointState(new AtomicLong()), memory, 0);
    replica.lookedElsewhere = 0;
    replica.outstanding = of.outstanding();
    replica.elsewhere = of.elsewhere();
    replica.latency = of.expectedNanos();
    replica.weight = of.weight();
    replica.inverse = 1 / of.weight();
    replica.tried = of.tried();
    return replica;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  void endpoint(Endpoint changed) {
    endpoint = changed;
  }

  EndpointState state() {
    return state;
  }

  /** Whether an operator lets it take requests. */
  boolean offered() {
    return PoolMembers.isOffered(endpoint);
  }

  boolean usable() {
    return offered() && state.health() != Health.UNHEALTHY;
  }

  // --- load

  void begin(Ticket ticket, long now) {
    share.outstanding(++outstanding);
    Ticket before = newest;
    ticket.older = before;
    ticket.newer = null;
    if (before == null) {
      oldest = ticket;
      oldestBegan = now;
    } else {
      before.newer = ticket;
    }
    newest = ticket;
    loadChanged(1);
  }

  /** It waits no more for an answer. */
  void unlink(Ticket ticket) {
    Ticket older = ticket.older;
    Ticket newer = ticket.newer;
    if (older == null) {
      oldest = newer;
      oldestBegan = newer == null ? 0 : newer.began();
    } else {
      older.newer = newer;
    }
    if (newer == null) {
      newest = older;
    } else {
      newer.older = older;
    }
    ticket.older = null;
    ticket.newer = null;
  }

  void end() {
    share.outstanding(--outstanding);
    share.finish();
    loadChanged(-1);
  }

  private void loadChanged(int more) {
    Tier of = tier;
    if (of != null) {
      of.outstanding(more);
    }
    LoadHeap in = heap;
    if (in != null) {
      in.changed(this);
    }
  }

  /** Requests of this loop under way. */
  int outstanding() {
    return outstanding;
  }

  /** Requests under way as far as is known, from here and elsewhere. */
  int load(long now) {
    if (now - lookedElsewhere > LOOK) {
      lookedElsewhere = now;
      elsewhere = state.elsewhere(share, now);
    }
    return outstanding + elsewhere;
  }

  /** Sees to it that {@link #load} is known everywhere. */
  void look(long now) {
    int before = loadKnown();
    LoadHeap in = heap;
    if (load(now) != before && in != null) {
      in.changed(this);
    }
  }

  /** As of the last {@link #load}. */
  int loadKnown() {
    return outstanding + elsewhere;
  }

  // --- latency

  /**
   * @param bad a failure, however fast
   */
  void observe(long nanos, boolean bad, long now) {
    double took = nanos;
    double sample = bad ? Latency.penalty(took, memory.latency()) : took;
    double keep = measured ? Latency.decay(now - latencyAt) : 0;
    latency = latency * keep + sample * (1 - keep);
    latencyAt = now;
    measured = true;
    memory.observe(took, now);
  }

  /** It took at least that long. */
  void observeAtLeast(long nanos, long now) {
    if (nanos > average(now)) {
      observe(nanos, false, now);
    }
  }

  /** Of latency, ns. */
  double average(long now) {
    return latency * Latency.decay(now - latencyAt);
  }

  /** Of the oldest request that waits for an answer, ns; 0: none does. */
  long age(long now) {
    return oldest == null ? 0 : now - oldestBegan;
  }

  /** How long an answer takes from here, ns: the average, or longer as the oldest request shows. */
  double expected(long now) {
    double known = Math.max(average(now), Latency.LEAST);
    return oldest == null ? known : Math.max(known, (double) (now - oldestBegan));
  }
}
