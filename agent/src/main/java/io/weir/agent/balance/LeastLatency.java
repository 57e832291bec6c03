package io.weir.agent.balance;

import org.jspecify.annotations.Nullable;

/**
 * The best of five drawn by weight. What is compared is how long an answer is to be expected to
 * take, which the age of the oldest request that waits shows before any answer does, times the
 * requests under way, for the weight. An endpoint that stalls is left by every agent for what that
 * agent itself sees, so that this does not get worse as their number grows.
 */
final class LeastLatency implements Policy {
  private static final int SAMPLES = 5;
  private static final int DRAWS = 12;

  private final Candidate[] members;

  /** Of members, in the same places. */
  private final Measure[] measures;

  private final @Nullable Sampler sampler;

  /** Of one pick. */
  private final int[] drawn = new int[SAMPLES];

  LeastLatency(Candidate[] members) {
    this.members = members;
    measures = new Measure[members.length];
    boolean weighted = false;
    for (int slot = 0; slot < measures.length; slot++) {
      measures[slot] = members[slot].measure();
      weighted |= members[slot].weight != members[0].weight;
    }
    sampler = weighted && members.length > SAMPLES ? new Sampler(members) : null;
  }

  @Override
  public @Nullable Candidate choose(long seed, long hash, long now) {
    Measure[] all = measures;
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    int have = draw(seed);
    for (int i = 0; i < have; i++) {
      double cost = cost(all[drawn[i]], now);
      if (cost < least) {
        best = drawn[i];
        least = cost;
      }
    }
    return best >= 0 ? members[best] : Policy.anyUntried(members, seed);
  }

  private static double cost(Measure of, long now) {
    return of.tried ? Double.POSITIVE_INFINITY : of.expected(now) * (of.load(now) + 1) * of.inverse;
  }

  /** Different slots, into {@link #drawn}; their number. */
  private int draw(long seed) {
    int n = measures.length;
    Sampler byWeight = sampler;
    if (n <= SAMPLES) {
      int at = Mix.below(Mix.number(seed, 1), n);
      for (int i = 0; i < n; i++) {
        drawn[i] = at;
        at = at + 1 < n ? at + 1 : 0;
      }
      return n;
    }
    int have = 0;
    if (byWeight != null) {
      // Perhaps fewer, where a few have most of the weight.
      for (int i = 0; i < DRAWS && have < SAMPLES; i++) {
        have = add(byWeight.slot(Mix.number(seed, i)), have);
      }
      return have;
    }
    long numbers = 0;
    for (int i = 0; have < SAMPLES; i++) {
      numbers = (i & 1) == 0 ? Mix.number(seed, i) : numbers << 32;
      have = add(Mix.below(numbers, n), have);
    }
    return have;
  }

  private int add(int slot, int have) {
    int same = 0;
    for (int i = 0; i < have; i++) {
      same |= drawn[i] == slot ? 1 : 0;
    }
    drawn[have] = slot;
    return have + 1 - same;
  }
}
