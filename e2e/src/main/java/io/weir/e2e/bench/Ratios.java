package io.weir.e2e.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Medians, and ratios between what was measured in the same round. */
final class Ratios {
  private Ratios() {}

  /**
   * The middle value, or the mean of the two middle ones.
   *
   * @throws IllegalArgumentException when there is none
   */
  static double median(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no values");
    }
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** Of the turns in which every request was answered. */
  static List<Double> valid(List<Turn> turns, ToDoubleFunction<Turn> value) {
    return turns.stream().filter(Turn::valid).map(value::applyAsDouble).toList();
  }

  /**
   * {@code ours / theirs} of each round in which both turns are valid: what disturbs a machine for
   * longer than a round disturbs both, and cancels out.
   *
   * @param ours the turns of one contender, one per round
   * @param theirs of another one, in the same order
   */
  static List<Double> paired(List<Turn> ours, List<Turn> theirs, ToDoubleFunction<Turn> value) {
    var ratios = new ArrayList<Double>();
    for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      if (ours.get(i).valid() && theirs.get(i).valid()) {
        ratios.add(value.applyAsDouble(ours.get(i)) / value.applyAsDouble(theirs.get(i)));
      }
    }
    return List.copyOf(ratios);
  }
}
