package io.weir.agent.balance;

/** What a balancer remembers beyond single endpoints, whatever becomes of its pool. */
final class Memory {
  /** What the loop has under way. */
  final LoopLoad load;

  /** Of all answers, ns; what is supposed of an endpoint that has given none. */
  private double latency;

  private long latencyAt;
  private boolean measured;

  /** Virtual time: 1 more for as many picks as there is weight. */
  double turn;

  Memory(LoopLoad load) {
    this.load = load;
  }

  double latency() {
    return latency;
  }

  void observe(double sample, long now) {
    double keep = measured ? Latency.decay(now - latencyAt) : 0;
    // Of many answers in a moment each counts a little all the same.
    keep = Math.min(keep, 0.999);
    latency = latency * keep + sample * (1 - keep);
    latencyAt = now;
    measured = true;
  }
}
