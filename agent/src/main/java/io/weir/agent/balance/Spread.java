package io.weir.agent.balance;

import java.util.Arrays;

/**
 * How load is spread over priorities, and which of them no longer believe in health: the rules of
 * Envoy (its documentation's "Priority levels" and "Panic threshold";
 * source/extensions/load_balancing_policies/common/load_balancer_impl.cc). Percentages are whole
 * numbers, rounded down.
 *
 * @param loads percent by level; they sum to 100, or all are 0: nothing can be used
 * @param panic by level
 */
@SuppressWarnings("ArrayRecordComponent") // made and read here only
record Spread(int[] loads, boolean[] panic) {
  /**
   * @param totals endpoints by level, 1 or more each
   * @param usable of these
   * @param overprovisioning percent, 100 or more
   * @param threshold of panic, percent
   */
  static Spread of(int[] totals, int[] usable, int overprovisioning, int threshold) {
    int n = totals.length;
    int[] availability = new int[n];
    int sum = 0;
    for (int i = 0; i < n; i++) {
      availability[i] = (int) Math.min(100, (long) overprovisioning * usable[i] / totals[i]);
      sum += availability[i];
    }
    int normal = Math.min(100, sum);
    boolean[] panic = new boolean[n];
    boolean all = n > 0 && threshold > 0;
    for (int i = 0; i < n; i++) {
      panic[i] = normal < 100 && 100 * usable[i] / totals[i] < threshold;
      all &= panic[i];
    }
    return new Spread(
        all ? byCount(totals) : normal == 0 ? new int[n] : byAvailability(availability, normal),
        panic);
  }

  private static int[] byAvailability(int[] availability, int normal) {
    int[] loads = new int[availability.length];
    int left = 100;
    int first = -1;
    for (int i = 0; i < loads.length; i++) {
      loads[i] = Math.min(left, availability[i] * 100 / normal);
      left -= loads[i];
      if (first < 0 && availability[i] > 0) {
        first = i;
      }
    }
    loads[first] += left; // of rounding
    return loads;
  }

  /** All are in panic. */
  private static int[] byCount(int[] totals) {
    int total = Arrays.stream(totals).sum();
    int[] loads = new int[totals.length];
    int left = 100;
    for (int i = 0; i < loads.length; i++) {
      loads[i] = (int) (100L * totals[i] / total);
      left -= loads[i];
    }
    loads[0] += left; // of rounding
    return loads;
  }
}
