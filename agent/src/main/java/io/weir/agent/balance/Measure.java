package io.weir.agent.balance;

import org.jspecify.annotations.Nullable;

/**
 * What one event loop sees of one endpoint as it works: requests under way, those that wait for an
 * answer, and how long answers take. Apart from {@link Candidate}, so that all that a pick compares
 * lies together in memory. Confined to that loop.
 */
final class Measure {
  /** How long a look at other loops' and agents' load is good for, ns. */
  private static final long LOOK = 1_000_000;

  /** When the oldest of none began. */
  private static final long NOBODY = Long.MAX_VALUE;

  private final EndpointState state;
  private final LoopShare share;
  private final Memory memory;

  private double latency;
  private long latencyAt;
  private long oldestBegan = NOBODY;
  private long lookedElsewhere;

  /** 1 / weight, in the set that is in force. */
  double inverse = 1;

  private int outstanding;
  private int elsewhere;
  private boolean measured;

  /** During one pick: not to be taken. */
  boolean tried;

  /** The last of those that wait for an answer, which are linked in the order they began. */
  private @Nullable Ticket newest;

  Measure(EndpointState state, Memory memory, long now) {
    this.state = state;
    this.memory = memory;
    share = state.newShare();
    lookedElsewhere = now - LOOK - 1;
    latency = memory.latency();
    latencyAt = now;
    measured = latency > 0; // as well as others are
  }

  /** One of which nothing more is known than what decided a pick, at the time 0. */
  Measure(EndpointState state, Memory memory, Explanation.Considered of) {
    this(state, memory, 0);
    lookedElsewhere = 0;
    outstanding = of.outstanding();
    elsewhere = of.elsewhere();
    latency = of.expectedNanos();
    inverse = 1 / of.weight();
    tried = of.tried();
  }

  // --- load

  void begin(Ticket ticket, long now) {
    share.outstanding(++outstanding);
    memory.load.begin();
    Ticket before = newest;
    ticket.older = before;
    ticket.newer = null;
    if (before == null) {
      oldestBegan = now;
    } else {
      before.newer = ticket;
    }
    newest = ticket;
  }

  /** It waits no more for an answer. */
  void unlink(Ticket ticket) {
    Ticket older = ticket.older;
    Ticket newer = ticket.newer;
    if (older == null) {
      oldestBegan = newer == null ? NOBODY : newer.began();
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
    memory.load.end();
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

  /** As of the last {@link #load}. */
  int loadKnown() {
    return outstanding + elsewhere;
  }

  // --- what it came to, for all to know

  void answered(long nanos) {
    share.answered(nanos);
  }

  void failed(boolean unanswered) {
    share.failed(unanswered);
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

  private double average(long now) {
    return latency * Latency.decay(now - latencyAt);
  }

  /** How long an answer takes from here, ns: the average, or longer as the oldest request shows. */
  double expected(long now) {
    double took = average(now);
    if (took < Latency.LEAST) {
      took = Latency.LEAST;
    }
    if (oldestBegan != NOBODY && now - oldestBegan > took) {
      took = now - oldestBegan;
    }
    return took;
  }
}
