package io.weir.agent.health;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.HealthCheck;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint of one pool: what its probes said and when the next one is due.
 *
 * <p>An endpoint in doubt (a probe has failed and it is not yet unhealthy) is probed again as soon
 * as the timeout has passed, whoever's turn it is, until one passes or enough have failed. A
 * verification is that as well, without the wait. Enough are {@code fall} in a row for the agent to
 * say so, and for it to act on it while it is alone; with a controller, which has others look as
 * well, it acts by itself on what convinces the controller: 2 × fall − 1.
 */
final class Watch {
  /** The first probe comes this soon, in ns, even where the interval is longer. */
  private static final long MAX_FIRST_WAIT = 2_000_000_000L;

  /** Between two probes of a verification where the first fails at once, ns. */
  private static final long LEAST_GAP = 50_000_000L;

  final Target target;
  final long serial;
  private Endpoint endpoint;
  private @Nullable HealthCheck check;
  private Hysteresis hysteresis = new Hysteresis(1, 1);
  private long interval;
  private long downInterval;
  private long timeout;

  private Standing standing = Standing.unknown();
  private long since;
  private String reason = "";
  private int failures;
  private int successes;
  private boolean outlier;

  /** No controller has others look at what this agent doubts. */
  private boolean alone = true;

  /** By its own probes this agent keeps its traffic from it. */
  private boolean ejected;

  /** Of the last probe that ended; meaningful if there was one. */
  private long began;

  private boolean probed;

  /** Of the successes in a row, those since {@link #startRun}. */
  private int run;

  /** Its turns come at multiples of the interval from here on, and not before {@link #from}. */
  private long origin;

  private long from;
  private boolean assigned;
  private double jitter;

  /** A probe is wanted at that time, whoever's turn it is. */
  private boolean wanted;

  private long wantedAt;

  /** Each outcome is to be reported until one passes or enough have failed. */
  private boolean verifying;

  /** The number of the probe under way; 0: none. */
  private long underWay;

  /** The probe under way is of a check that is no more. */
  private boolean obsolete;

  /** As queued; owned by the queue. */
  long due;

  boolean queued;

  Effective effective;

  Watch(Target target, long serial, Endpoint endpoint, long now) {
    this.target = target;
    this.serial = serial;
    this.endpoint = endpoint;
    since = now;
    effective = new Effective(target, Health.UNKNOWN, Effective.Basis.NO_EVIDENCE, "", false);
  }

  /** Whether the check is another one, so that the turns are to be set anew. */
  boolean declare(Endpoint declared, Optional<HealthCheck> wants, long now) {
    endpoint = declared;
    HealthCheck next = wants.orElse(null);
    if (next == null ? check == null : next.equals(check)) {
      return false;
    }
    check = next;
    obsolete = underWay != 0;
    wanted = false;
    verifying = false;
    if (next == null) {
      become(Standing.unknown(), now);
      reason = "";
      failures = 0;
      successes = 0;
      probed = false;
      return true;
    }
    hysteresis = new Hysteresis(next.rise(), next.fall());
    interval = next.interval().toNanos();
    downInterval = next.downInterval().toNanos();
    timeout = next.timeout().toNanos();
    standing = standing.restarted();
    if (standing.health() != Health.UNHEALTHY) {
      failures = 0;
      reason = "";
    }
    successes = 0;
    return true;
  }

  /** Turns at {@code first} and every interval from it. */
  void assigned(long first, double late, long now) {
    assigned = true;
    origin = first;
    from = now;
    jitter = late;
  }

  /** No turns of its own; {@code first} is for the time when it has to be probed all the same. */
  void unassigned(long first, double late, long now) {
    assigned = false;
    origin = first;
    from = now;
    jitter = late;
  }

  boolean assigned() {
    return assigned;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  boolean checked() {
    return check != null;
  }

  long interval() {
    return interval;
  }

  Standing standing() {
    return standing;
  }

  String reason() {
    return reason;
  }

  /** What passed before says no more whether it has risen. */
  void startRun() {
    run = 0;
  }

  /** Whether the last {@code rise} probes or more passed since {@link #startRun}. */
  boolean hasRisen() {
    return run >= hysteresis.rise();
  }

  boolean isUnderWay() {
    return underWay != 0;
  }

  boolean outlier(boolean now) {
    boolean changed = outlier != now;
    outlier = now;
    return changed;
  }

  void alone(boolean now) {
    alone = now;
    eject();
  }

  private int enough() {
    return alone ? hysteresis.fall() : 2 * hysteresis.fall() - 1;
  }

  private void eject() {
    boolean unhealthy = standing.health() == Health.UNHEALTHY;
    ejected = unhealthy && (ejected || failures >= enough());
  }

  boolean isEjected() {
    return ejected;
  }

  /** Wants a probe that begins from now on, each outcome reported. */
  void verify(long now) {
    if (check != null) {
      verifying = true;
      wanted = true;
      wantedAt = now;
    }
  }

  /** Wants a probe soon unless it is unhealthy anyway or one is under way. */
  void doubt(long now) {
    if (check != null && standing.health() != Health.UNHEALTHY && !wanted && underWay == 0) {
      wanted = true;
      wantedAt = probed ? later(now, began + Math.min(timeout, LEAST_GAP)) : now;
    }
  }

  /**
   * When to probe next, given that none is under way.
   *
   * @param search to probe it also where others are assigned, because it is held to be down
   * @param down held to be down, whoever says so
   */
  OptionalLong next(boolean search, boolean down) {
    if (check == null) {
      return OptionalLong.empty();
    }
    if (wanted) {
      return OptionalLong.of(wantedAt);
    }
    boolean unhealthy = standing.health() == Health.UNHEALTHY;
    if (failures > 0 && !ejected && !(down && unhealthy)) {
      return OptionalLong.of(began + (verifying ? Math.min(timeout, LEAST_GAP) : timeout));
    }
    if (verifying && failures > 0 && failures < hysteresis.fall()) {
      return OptionalLong.of(began + Math.min(timeout, LEAST_GAP));
    }
    if (!assigned && !unhealthy && !search) {
      return OptionalLong.empty();
    }
    boolean slow = (unhealthy || down) && successes == 0;
    return OptionalLong.of(turn(slow ? downInterval : interval, check.jitter()));
  }

  private long turn(long period, int jitterPercent) {
    long earliest = probed ? later(from, began + period / 4) : from;
    long late = (long) (jitter * (period * jitterPercent / 100.0));
    long turns = Math.floorDiv(earliest - late - origin + period - 1, period);
    long at = origin + Math.max(0, turns) * period + late;
    if (probed) {
      return at;
    }
    long soon = from + (long) (jitter * Math.min(period, MAX_FIRST_WAIT));
    return at - from > MAX_FIRST_WAIT ? soon : at;
  }

  private static long later(long one, long other) {
    return one - other > 0 ? one : other;
  }

  DueProbe begin(long number, long now) {
    underWay = number;
    obsolete = false;
    wanted = false;
    HealthCheck by = check;
    if (by == null) {
      throw new IllegalStateException("no check of " + target);
    }
    return new DueProbe(target, endpoint, by, number, now);
  }

  /** What one probe makes of it. */
  enum Outcome {
    /** It was not of the probe under way, or not of the check in force. */
    VOID,
    /** Nothing that anybody has to know now. */
    PLAIN,
    /** To be reported at once. */
    NEWS
  }

  /**
   * @param late for the next turn, 0 to below 1
   * @param awaited each success is news until {@code rise} of them
   */
  Outcome finished(
      DueProbe probe, Optional<String> failure, double late, boolean awaited, long now) {
    if (probe.number() != underWay) {
      return Outcome.VOID;
    }
    underWay = 0;
    if (obsolete) {
      obsolete = false;
      return Outcome.VOID;
    }
    boolean passed = failure.isEmpty();
    Health before = standing.health();
    boolean resolved = passed && failures > 0;
    began = probe.began();
    probed = true;
    jitter = late;
    if (passed) {
      run = Math.min(run + 1, 1_000_000);
      failures = 0;
      successes = Math.min(successes + 1, 1_000_000);
    } else {
      successes = 0;
      run = 0;
      failures = Math.min(failures + 1, 1_000_000);
      reason = failure.get();
    }
    become(hysteresis.next(standing, passed), now);
    if (passed && standing.health() != Health.UNHEALTHY) {
      reason = "";
    }
    boolean news =
        verifying
            || standing.health() != before
            || resolved
            || (!passed && before != Health.UNHEALTHY)
            || (passed && awaited && successes <= hysteresis.rise());
    if (verifying && !wanted && (passed || failures >= hysteresis.fall())) {
      verifying = false;
    }
    return news ? Outcome.NEWS : Outcome.PLAIN;
  }

  private void become(Standing next, long now) {
    if (next.health() != standing.health()) {
      since = now;
    }
    standing = next;
    eject();
  }

  Observation observation() {
    return new Observation(
        target,
        standing.health(),
        since,
        reason,
        failures,
        successes,
        probed ? OptionalLong.of(began) : OptionalLong.empty(),
        outlier);
  }
}
