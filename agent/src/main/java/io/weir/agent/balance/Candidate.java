package io.weir.agent.balance;

import io.weir.agent.health.Ejection;
import io.weir.agent.model.Endpoint;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint as the balancer of one loop sees it, whatever the policy; outlives changes of the
 * pool. Confined to that loop.
 */
final class Candidate {
  private final EndpointState state;
  private final Measure measure;
  private Endpoint endpoint;

  /** In the pool. */
  int index;

  /** In the set that is in force: where, and with which weight. */
  @Nullable Tier tier;

  int slot;
  double weight = 1;
  @Nullable LoadHeap heap;

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

  /** In the set that is in force. */
  @Nullable Ejection ejectedBefore;

  /** Below the pool's floor while others can serve. */
  boolean heldBack;

  boolean ramping;
  long rampBegan;

  Candidate(Endpoint endpoint, EndpointState state, Memory memory, long now) {
    this(endpoint, state, new Measure(state, memory, now));
  }

  private Candidate(Endpoint endpoint, EndpointState state, Measure measure) {
    this.endpoint = endpoint;
    this.state = state;
    this.measure = measure;
  }

  /** One of whom nothing more is known than what decided a pick, at the time 0. */
  static Candidate replica(Explanation.Considered of, Memory memory) {
    EndpointState state = new EndpointState(new AtomicLong(), (_, _, _) -> {});
    Candidate replica = new Candidate(of.endpoint(), state, new Measure(state, memory, of));
    replica.weight = of.weight();
    return replica;
  }

  /** What it is compared by. */
  Measure measure() {
    return measure;
  }

  boolean tried() {
    return measure.tried;
  }

  double inverse() {
    return measure.inverse;
  }

  void weight(double now) {
    weight = now;
    measure.inverse = 1 / now;
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
    return offered() && (isForced() || state.usable());
  }

  /** Why this agent's traffic is kept from it; null: it is not, or an operator overrules it. */
  @Nullable Ejection ejection() {
    return isForced() ? null : state.ejection();
  }

  private boolean isForced() {
    return PoolMembers.isForcedHealthy(endpoint);
  }

  void begin(Ticket ticket, long now) {
    measure.begin(ticket, now);
    loadChanged(1);
  }

  void end() {
    measure.end();
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

  /** Sees to it that what others have under way is known everywhere. */
  void look(long now) {
    int before = measure.loadKnown();
    LoadHeap in = heap;
    if (measure.load(now) != before && in != null) {
      in.changed(this);
    }
  }
}
