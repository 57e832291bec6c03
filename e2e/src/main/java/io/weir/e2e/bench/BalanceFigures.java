package io.weir.e2e.bench;

import io.weir.e2e.bench.BalancePlan.Sweep;
import io.weir.e2e.figure.Figure;
import io.weir.e2e.sim.balance.Cell;
import io.weir.e2e.sim.balance.Contender;
import io.weir.e2e.sim.balance.Outcome;
import io.weir.e2e.sim.balance.Scenario;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What {@code weir bench balance --json} writes: ratios of p99 latencies. */
record BalanceFigures(BalanceResults results, BalancePlan plan, String command) {
  private static final List<Contender> RIVALS =
      List.of(
          Contender.POWER_OF_TWO,
          Contender.LEAST_CONNECTIONS,
          Contender.PEAK_EWMA,
          Contender.ORACLE);

  List<Figure> all() {
    var figures = new FigureList(command);
    Cell stalling = plan.proxyCell(BalancePlan.PROXIES);
    for (Contender rival : RIVALS) {
      figures.add(
          "balance.stall.m20.p99_vs_" + rival.id(),
          "ratio",
          BalanceResults.ratios(p99(stalling, Contender.LEAST_LATENCY), p99(stalling, rival)));
    }
    figures.add(
        "balance.growth_m60_vs_m5",
        "ratio",
        BalanceResults.ratios(
            p99(plan.proxyCell(BalancePlan.MANY), Contender.LEAST_LATENCY),
            p99(plan.proxyCell(BalancePlan.FEW), Contender.LEAST_LATENCY)));
    var list = new ArrayList<>(figures.all());
    list.add(worstHomogeneous());
    return List.copyOf(list);
  }

  /** The worst of all loads; the samples are those of the loads. */
  private Figure worstHomogeneous() {
    var ratios = new ArrayList<Double>();
    for (Sweep sweep : plan.sweeps()) {
      if (sweep.scenario().equals(Scenario.HOMOGENEOUS)) {
        for (Cell cell : sweep.cells()) {
          ratios.addAll(
              BalanceResults.ratios(
                  p99(cell, Contender.LEAST_LATENCY), p99(cell, Contender.POWER_OF_TWO)));
        }
      }
    }
    return new Figure(
        "balance.homogeneous.p99_vs_p2c", Collections.max(ratios), "ratio", ratios, command);
  }

  private List<Double> p99(Cell cell, Contender contender) {
    return results.all(cell, contender, Outcome::p99);
  }
}
