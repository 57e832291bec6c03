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
    int best;
    if (measures.length <= SAMPLES) {
      best = bestOfAll(seed, now);
    } else if (sampler == null) {
      best = bestOfFive(seed, now);
    } else {
      best = bestByWeight(sampler, seed, now);
    }
    return best >= 0 ? members[best] : Policy.anyUntried(members, seed);
  }

  private static double cost(Measure of, long now) {
    return of.tried ? Double.POSITIVE_INFINITY : of.expected(now) * (of.load(now) + 1) * of.inverse;
  }

  /** The first of equals is any of them. */
  private int bestOfAll(long seed, long now) {
    int n = measures.length;
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    int at = Mix.below(Mix.number(seed, 1), n);
    for (int i = 0; i < n; i++) {
      double cost = cost(measures[at], now);
      if (cost < least) {
        best = at;
        least = cost;
      }
      at = at + 1 < n ? at + 1 : 0;
    }
    return best;
  }

  /**
   * Every five are as likely: each is drawn from those that are left, then moved up by as many as
   * were drawn below it. Without branches or loops, which chance would have the processor guess
   * wrong.
   */
  private int bestOfFive(long seed, long now) {
    int n = measures.length;
    long numbers = Mix.number(seed, 0);
    int one = Mix.below(numbers, n);
    int two = Mix.below(numbers << 32, n - 1);
    two += atLeast(two, one);
    int low = Math.min(one, two);
    int high = Math.max(one, two);
    numbers = Mix.number(seed, 1);
    int three = Mix.below(numbers, n - 2);
    three += atLeast(three, low);
    three += atLeast(three, high);
    int mid = Math.max(low, Math.min(high, three));
    low = Math.min(low, three);
    high = Math.max(high, three);
    int four = Mix.below(numbers << 32, n - 3);
    four += atLeast(four, low);
    four += atLeast(four, mid);
    four += atLeast(four, high);
    int five = Mix.below(Mix.number(seed, 2), n - 4);
    int first = Math.min(low, four);
    int rest = Math.max(low, four);
    five += atLeast(five, first);
    first = Math.min(mid, rest);
    rest = Math.max(mid, rest);
    five += atLeast(five, first);
    five += atLeast(five, Math.min(high, rest));
    five += atLeast(five, Math.max(high, rest));
    return bestOf(one, two, three, four, five, now);
  }

  /** 1 if {@code a >= b}, otherwise 0; neither below 0. */
  private static int atLeast(int a, int b) {
    return 1 + ((a - b) >> 31);
  }

  private int bestOf(int one, int two, int three, int four, int five, long now) {
    Measure[] all = measures;
    double first = cost(all[one], now);
    double second = cost(all[two], now);
    double third = cost(all[three], now);
    double fourth = cost(all[four], now);
    double fifth = cost(all[five], now);
    int best = one;
    double least = first;
    if (second < least) {
      best = two;
      least = second;
    }
    if (third < least) {
      best = three;
      least = third;
    }
    if (fourth < least) {
      best = four;
      least = fourth;
    }
    if (fifth < least) {
      best = five;
      least = fifth;
    }
    return least < Double.POSITIVE_INFINITY ? best : -1;
  }

  /** Of perhaps fewer, where a few have most of the weight. */
  private int bestByWeight(Sampler byWeight, long seed, long now) {
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    int have = 0;
    for (int i = 0; i < DRAWS && have < SAMPLES; i++) {
      int slot = byWeight.slot(Mix.number(seed, i));
      if (isDrawn(slot, have)) {
        continue;
      }
      drawn[have++] = slot;
      double cost = cost(measures[slot], now);
      if (cost < least) {
        best = slot;
        least = cost;
      }
    }
    return best;
  }

  private boolean isDrawn(int slot, int have) {
    for (int i = 0; i < have; i++) {
      if (drawn[i] == slot) {
        return true;
      }
    }
    return false;
  }
}
