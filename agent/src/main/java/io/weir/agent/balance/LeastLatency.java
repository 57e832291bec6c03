package io.weir.agent.balance;

import org.jspecify.annotations.Nullable;

/**
 * The best of five drawn at random. What is compared is how long an answer is to be expected to
 * take, which the age of the oldest request that waits shows before any answer does, times the
 * requests under way, for the weight. An endpoint that stalls is left by every agent for what that
 * agent itself sees, so that this does not get worse as their number grows.
 */
final class LeastLatency implements Policy {
  private static final int SAMPLES = 5;

  private final Candidate[] members;
  private final int[] drawn = new int[SAMPLES];

  LeastLatency(Candidate[] members) {
    this.members = members;
  }

  @Override
  public @Nullable Candidate choose(long seed, long hash, long now) {
    int n = members.length;
    Candidate best = null;
    double least = Double.POSITIVE_INFINITY;
    if (n <= SAMPLES) {
      int at = Mix.below(Mix.number(seed, 1), n);
      for (int i = 0; i < n; i++) {
        Candidate member = members[at];
        at = at + 1 < n ? at + 1 : 0;
        double cost = cost(member, now);
        if (cost < least) {
          best = member;
          least = cost;
        }
      }
      return best;
    }
    draw(seed, n);
    for (int i = 0; i < SAMPLES; i++) {
      Candidate member = members[drawn[i]];
      double cost = cost(member, now);
      if (cost < least) {
        best = member;
        least = cost;
      }
    }
    return best != null ? best : Policy.anyUntried(members, seed);
  }

  /** Different ones. */
  private void draw(long seed, int n) {
    long numbers = 0;
    int have = 0;
    for (int i = 0; have < SAMPLES; i++) {
      numbers = (i & 1) == 0 ? Mix.number(seed, i) : numbers << 32;
      int next = Mix.below(numbers, n);
      boolean repeated = false;
      for (int j = 0; j < have; j++) {
        repeated |= drawn[j] == next;
      }
      if (!repeated) {
        drawn[have++] = next;
      }
    }
  }

  private static double cost(Candidate member, long now) {
    return member.tried
        ? Double.POSITIVE_INFINITY
        : member.expected(now) * (member.load(now) + 1) * member.inverse;
  }
}
