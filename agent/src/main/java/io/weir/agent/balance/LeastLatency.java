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
  private final Candidate[] drawn = new Candidate[SAMPLES];
  private final Sampler sampler;

  LeastLatency(Candidate[] members) {
    this.members = members;
    sampler = new Sampler(members);
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
    int have = sampler.weighted() ? drawByWeight(seed) : draw(seed, n);
    for (int i = 0; i < have; i++) {
      Candidate member = drawn[i];
      double cost = cost(member, now);
      if (cost < least) {
        best = member;
        least = cost;
      }
    }
    return best != null ? best : Policy.anyUntried(members, seed);
  }

  /** Different ones, into {@link #drawn}; their number. */
  private int draw(long seed, int n) {
    long numbers = 0;
    int have = 0;
    for (int i = 0; have < SAMPLES; i++) {
      numbers = (i & 1) == 0 ? Mix.number(seed, i) : numbers << 32;
      have = add(members[Mix.below(numbers, n)], have);
    }
    return have;
  }

  /** Perhaps fewer, where a few have most of the weight. */
  private int drawByWeight(long seed) {
    int have = 0;
    for (int i = 0; i < DRAWS && have < SAMPLES; i++) {
      have = add(sampler.draw(Mix.number(seed, i)), have);
    }
    return have;
  }

  @SuppressWarnings("ReferenceEquality") // that very one
  private int add(Candidate next, int have) {
    for (int i = 0; i < have; i++) {
      if (drawn[i] == next) {
        return have;
      }
    }
    drawn[have] = next;
    return have + 1;
  }

  private static double cost(Candidate member, long now) {
    return member.tried
        ? Double.POSITIVE_INFINITY
        : member.expected(now) * (member.load(now) + 1) * member.inverse;
  }
}
