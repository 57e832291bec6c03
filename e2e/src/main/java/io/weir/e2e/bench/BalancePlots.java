package io.weir.e2e.bench;

import io.weir.e2e.bench.BalancePlan.Sweep;
import io.weir.e2e.sim.balance.Cell;
import io.weir.e2e.sim.balance.Contender;
import io.weir.e2e.sim.balance.Scenario;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The pictures of docs/balancing.md. */
record BalancePlots(BalanceResults results, BalancePlan plan) {
  /**
   * Writes them, each as PNG and as SVG.
   *
   * @return the Markdown that shows them
   */
  String write(Path folder) throws IOException {
    var text = new StringBuilder();
    for (Sweep sweep : plan.sweeps()) {
      if (sweep.scenario().equals(Scenario.STALL)
          || sweep.scenario().equals(Scenario.HOMOGENEOUS)) {
        var plot =
            new Plot(
                "p99 over load, %d proxies: %s"
                    .formatted(BalancePlan.PROXIES, sweep.scenario().described()),
                "load, % of what the servers can do");
        lines(plot, sweep.cells(), cell -> 100 * cell.load());
        text.append(picture(plot, folder, "balancing-load-" + sweep.scenario().name()));
      }
    }
    var plot =
        new Plot(
            "p99 over the number of proxies, %.0f %% load: servers that stall"
                .formatted(100 * BalancePlan.LOAD),
            "number of proxies");
    lines(plot, plan.proxies().stream().map(plan::proxyCell).toList(), Cell::proxies);
    return text.append(picture(plot, folder, "balancing-proxies")).toString();
  }

  private void lines(Plot plot, List<Cell> cells, ToDoubleFunction<Cell> x) {
    for (Contender contender : Contender.values()) {
      plot.line(
          contender.described(),
          cells.stream().mapToDouble(x).toArray(),
          cells.stream().mapToDouble(cell -> results.p99(cell, contender)).toArray());
    }
  }

  private static String picture(Plot plot, Path folder, String name) throws IOException {
    plot.write(folder.resolve(name + ".png"), folder.resolve(name + ".svg"));
    return "\n![%s](%s.svg)\n".formatted(plot.title(), name);
  }
}
