package io.weir.agent.balance;

import io.weir.agent.model.Health;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one agent knows of one endpoint of one pool, shared by all event loops; outlives snapshots.
 * Health is written by probes and read by every pick. Counters count since the agent started.
 */
public final class EndpointState {
  private volatile Health health = Health.UNKNOWN;
  private final LongAdder started = new LongAdder();
  private final LongAdder finished = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder retried = new LongAdder();

  public Health health() {
    return health;
  }

  public void health(Health now) {
    health = now;
  }

  /** A request was given to this endpoint. */
  void begin() {
    started.increment();
  }

  /** It is over; {@code success}: the endpoint answered. */
  void end(boolean success) {
    if (!success) {
      failed.increment();
    }
    finished.increment();
  }

  /** A request that failed here is tried elsewhere. */
  public void retried() {
    retried.increment();
  }

  /** Requests under way. */
  public long inFlight() {
    long done = finished.sum(); // first, so that the difference is never negative
    return started.sum() - done;
  }

  /** Requests finished. */
  public long requests() {
    return finished.sum();
  }

  /** Of those, requests that the endpoint did not answer. */
  public long failures() {
    return failed.sum();
  }

  public long retries() {
    return retried.sum();
  }
}
