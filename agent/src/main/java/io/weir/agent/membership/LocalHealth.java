package io.weir.agent.membership;

/**
 * How far a member doubts itself (Lifeguard, section IV-A): a member whose probes fail without its
 * helpers saying why, or that has to refute, is slow itself, and gives others more time.
 *
 * @param score 0 (well) to 8
 */
record LocalHealth(int score) {
  static final int WORST = 8;
  static final LocalHealth WELL = new LocalHealth(0);

  LocalHealth worse(int by) {
    return new LocalHealth(Math.clamp(score + (long) by, 0, WORST));
  }

  LocalHealth better() {
    return worse(-1);
  }

  long scale(long nanos) {
    return nanos * (score + 1);
  }
}
