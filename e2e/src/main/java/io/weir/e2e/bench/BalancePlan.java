package io.weir.e2e.bench;

import io.weir.e2e.sim.balance.Cell;
import io.weir.e2e.sim.balance.Scenario;
import io.weir.e2e.sim.balance.Window;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which cells are simulated, and for how long.
 *
 * @param sweeps with 20 proxies
 * @param proxies numbers of them, with stalling servers at 75 %
 * @param headlineSeeds of the cells that most figures are made of; the others have one
 * @param window in virtual time
 */
record BalancePlan(List<Sweep> sweeps, List<Integer> proxies, int headlineSeeds, Window window) {
  static final int PROXIES = 20;
  static final double LOAD = 0.75;
  static final int FEW = 5;
  static final int MANY = 60;

  private static final List<Double> FINE = List.of(0.6, 0.7, LOAD, 0.8, 0.85, 0.9, 0.95);
  private static final List<Double> COARSE = List.of(0.6, LOAD, 0.9, 0.95);

  /** How long simulating a second of 100 servers takes, for all contenders together. */
  private static final double COST_SECONDS = 0.2;

  static final BalancePlan FULL =
      new BalancePlan(
          List.of(
              new Sweep(Scenario.STALL, FINE),
              new Sweep(Scenario.HOMOGENEOUS, FINE),
              new Sweep(Scenario.HETEROGENEOUS, COARSE),
              new Sweep(Scenario.HEAVY_TAIL, COARSE),
              new Sweep(Scenario.STALL_QUEUE, List.of(LOAD))),
          List.of(FEW, 10, PROXIES, 40, MANY),
          3,
          new Window(15, 15));

  static final BalancePlan QUICK =
      new BalancePlan(
          List.of(
              new Sweep(Scenario.STALL, List.of(LOAD)),
              new Sweep(Scenario.HOMOGENEOUS, List.of(0.6, LOAD, 0.95))),
          List.of(FEW, PROXIES, MANY),
          1,
          new Window(5, 5));

  /** Several loads on the servers of one scenario, with 20 proxies. */
  record Sweep(Scenario scenario, List<Double> loads) {
    List<Cell> cells() {
      return loads.stream().map(load -> new Cell(scenario, PROXIES, load)).toList();
    }
  }

  /** In the order in which they are simulated. */
  Set<Cell> cells() {
    var cells = new LinkedHashSet<Cell>();
    proxies.forEach(count -> cells.add(proxyCell(count)));
    sweeps.forEach(sweep -> cells.addAll(sweep.cells()));
    return cells;
  }

  Cell proxyCell(int count) {
    return new Cell(Scenario.STALL, count, LOAD);
  }

  int seeds(Cell cell) {
    return List.of(proxyCell(FEW), proxyCell(PROXIES), proxyCell(MANY)).contains(cell)
        ? headlineSeeds
        : 1;
  }

  /** One seed of one cell, roughly. */
  Duration time(Cell cell) {
    double simulated = window.warmUpSeconds() + window.seconds();
    return Duration.ofMillis((long) (1000 * COST_SECONDS * cell.load() * simulated));
  }

  Duration total() {
    return cells().stream()
        .map(cell -> time(cell).multipliedBy(seeds(cell)))
        .reduce(Duration.ZERO, Duration::plus);
  }
}
