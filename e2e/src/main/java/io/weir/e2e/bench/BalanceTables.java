package io.weir.e2e.bench;

import io.weir.e2e.bench.BalancePlan.Sweep;
import io.weir.e2e.sim.balance.Cell;
import io.weir.e2e.sim.balance.Contender;
import io.weir.e2e.sim.balance.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The medians of the seeds, for people. */
record BalanceTables(BalanceResults results, BalancePlan plan) {
  @Override
  public String toString() {
    var text = new StringBuilder();
    text.append(
        "\nServers that stall, %d proxies, %s load:\n\n"
            .formatted(BalancePlan.PROXIES, percent(BalancePlan.LOAD)));
    text.append(headline(plan.proxyCell(BalancePlan.PROXIES)));
    text.append(
        "\np99 ms by the number of proxies, servers that stall, %s load:\n\n"
            .formatted(percent(BalancePlan.LOAD)));
    text.append(
        p99(
            plan.proxies().stream().map(plan::proxyCell).toList(),
            cell -> Integer.toString(cell.proxies())));
    for (Sweep sweep : plan.sweeps()) {
      text.append(
          "\np99 ms by load, %d proxies, %s (`%s`):\n\n"
              .formatted(
                  BalancePlan.PROXIES, sweep.scenario().described(), sweep.scenario().name()));
      text.append(p99(sweep.cells(), cell -> percent(cell.load())));
    }
    return text.toString();
  }

  private Table headline(Cell cell) {
    var table =
        new Table("policy", "mean ms", "p50 ms", "p99 ms", "p99.9 ms", "timed out", "weir to it");
    for (Contender contender : Contender.values()) {
      List<Double> ratios =
          BalanceResults.ratios(
              results.all(cell, Contender.LEAST_LATENCY, Outcome::p99),
              results.all(cell, contender, Outcome::p99));
      table.row(
          List.of(
              contender.described(),
              median(cell, contender, Outcome::mean),
              median(cell, contender, Outcome::p50),
              median(cell, contender, Outcome::p99),
              median(cell, contender, Outcome::p999),
              number(100 * Ratios.median(results.all(cell, contender, Outcome::timedOut)), 2)
                  + " %",
              number(Ratios.median(ratios), 2)));
    }
    return table;
  }

  private Table p99(List<Cell> cells, Function<Cell, String> head) {
    var heads = new ArrayList<String>();
    heads.add("policy");
    cells.forEach(cell -> heads.add(head.apply(cell)));
    var table = new Table(heads.toArray(String[]::new));
    for (Contender contender : Contender.values()) {
      var row = new ArrayList<String>();
      row.add(contender.described());
      cells.forEach(cell -> row.add(median(cell, contender, Outcome::p99)));
      table.row(row);
    }
    return table;
  }

  private String median(Cell cell, Contender contender, ToDoubleFunction<Outcome> value) {
    return number(Ratios.median(results.all(cell, contender, value)), 1);
  }

  private static String percent(double load) {
    return "%.0f %%".formatted(100 * load);
  }

  private static String number(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
