package io.weir.e2e.bench;

import io.weir.e2e.figure.Figure;
import io.weir.e2e.sim.balance.OpenLoop;
import io.weir.e2e.sim.balance.Outcome;
import io.weir.e2e.sim.balance.Scenario;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What real proxies did, a result for each round; Weir comes first. */
final class RealResults {
  private final List<Entrant> entrants;
  private final Map<String, List<OpenLoop.Result>> results = new LinkedHashMap<>();

  /**
   * One kind of proxies.
   *
   * @param name as in the names of figures
   */
  record Entrant(String name, String described, Contender contender) {}

  RealResults(List<Entrant> entrants) {
    this.entrants = List.copyOf(entrants);
    entrants.forEach(entrant -> results.put(entrant.name(), new ArrayList<>()));
  }

  void add(String name, OpenLoop.Result result) {
    of(name).add(result);
  }

  List<String> contenders() {
    return entrants.stream().map(Entrant::described).toList();
  }

  /** p99 ratios of the rounds in which no request of either failed. */
  List<Figure> figures(String command) {
    var figures = new FigureList(command);
    entrants.stream()
        .skip(1)
        .forEach(rival ->
            figures.add("balance.real.p99_vs_" + rival.name(), "ratio", ratios(rival.name())));
    return figures.all();
  }

  String table() {
    var table =
        new Table("contender", "mean ms", "p50 ms", "p99 ms", "p99.9 ms", "failed", "weir to it");
    for (Entrant entrant : entrants) {
      List<Double> ratios = ratios(entrant.name());
      long failed = of(entrant.name()).stream().mapToLong(OpenLoop.Result::failed).sum();
      table.row(
          List.of(
              entrant.described(),
              median(entrant.name(), Outcome::mean),
              median(entrant.name(), Outcome::p50),
              median(entrant.name(), Outcome::p99),
              median(entrant.name(), Outcome::p999),
              Long.toString(failed),
              ratios.isEmpty() ? "" : number(Ratios.median(ratios), 2)));
    }
    return "\nReal sockets: %d proxies over %s, %.0f %% load:\n\n%s"
        .formatted(RealBalance.PROXIES, Scenario.REAL.described(), 100 * RealBalance.LOAD, table);
  }

  static String described(OpenLoop.Result result) {
    Outcome outcome = result.outcome();
    return "%,d requests, %d failed, p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms"
        .formatted(
            outcome.requests(), result.failed(), outcome.p50(), outcome.p99(), outcome.p999());
  }

  private List<Double> ratios(String rival) {
    List<OpenLoop.Result> ours = of(entrants.getFirst().name());
    List<OpenLoop.Result> theirs = of(rival);
    var ratios = new ArrayList<Double>();
    for (int round = 0; round < Math.min(ours.size(), theirs.size()); round++) {
      if (ours.get(round).failed() == 0 && theirs.get(round).failed() == 0) {
        ratios.add(ours.get(round).outcome().p99() / theirs.get(round).outcome().p99());
      }
    }
    return ratios;
  }

  private List<OpenLoop.Result> of(String name) {
    return results.computeIfAbsent(name, n -> new ArrayList<>());
  }

  private String median(String name, ToDoubleFunction<Outcome> value) {
    List<Double> values =
        of(name).stream().map(result -> value.applyAsDouble(result.outcome())).toList();
    return values.isEmpty() ? "" : number(Ratios.median(values), 1);
  }

  private static String number(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
