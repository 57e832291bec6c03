package io.weir.e2e.bench;

import io.weir.e2e.sim.balance.Cell;
import io.weir.e2e.sim.balance.Contender;
import io.weir.e2e.sim.balance.Outcome;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What was simulated: an outcome for each seed, in the same order for all contenders. */
final class BalanceResults {
  private final Map<Cell, Map<Contender, List<Outcome>>> outcomes = new LinkedHashMap<>();

  void add(Cell cell, Contender contender, Outcome outcome) {
    outcomes
        .computeIfAbsent(cell, c -> new EnumMap<>(Contender.class))
        .computeIfAbsent(contender, c -> new ArrayList<>())
        .add(outcome);
  }

  /** Of all seeds; empty when the cell was not simulated. */
  List<Double> all(Cell cell, Contender contender, ToDoubleFunction<Outcome> value) {
    return outcomes.getOrDefault(cell, Map.of()).getOrDefault(contender, List.of()).stream()
        .map(value::applyAsDouble)
        .toList();
  }

  /** The median of the seeds, in milliseconds. */
  double p99(Cell cell, Contender contender) {
    return Ratios.median(all(cell, contender, Outcome::p99));
  }

  /** {@code ours / theirs}, seed by seed. */
  static List<Double> ratios(List<Double> ours, List<Double> theirs) {
    var ratios = new ArrayList<Double>();
    for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
      ratios.add(ours.get(i) / theirs.get(i));
    }
    return List.copyOf(ratios);
  }
}
