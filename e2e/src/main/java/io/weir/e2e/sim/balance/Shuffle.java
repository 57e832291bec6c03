package io.weir.e2e.sim.balance;

import java.util.random.RandomGenerator;

/** Orders drawn at random. */
final class Shuffle {
  private Shuffle() {}

  /** The numbers below {@code count}, in an order all of which are equally likely. */
  static int[] of(int count, RandomGenerator random) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }
}
