package io.weir.e2e.bench;

import io.weir.e2e.figure.Figure;
import java.util.List;
import java.util.Map;

/** What {@code weir bench l4 --json} writes: only what was measured. */
record L4Figures(Results results, String command) {
  /** Contenders, and what the figures call them. */
  private static final Map<String, String> RIVALS =
      Map.of("nginx", "nginx_stream", "haproxy", "haproxy_tcp");

  List<Figure> all() {
    var figures = new FigureList(command);
    for (Cell cell : results.cells()) {
      String suffix = cell.layout().suffix();
      List<Turn> ours = results.turns(cell, Weir.NAME);
      figures.add("l4.cpu_us_per_mib" + suffix, "us", Ratios.valid(ours, Measure.MIB::cost));
      RIVALS.forEach((rival, named) -> {
        List<Turn> theirs = results.turns(cell, rival);
        figures.add(
            "l4.cpu_per_mib_vs_" + named + suffix,
            "ratio",
            Ratios.paired(ours, theirs, Measure.MIB::cost));
        figures.add(
            "l4.mib_per_second_vs_" + named + suffix,
            "ratio",
            Ratios.paired(ours, theirs, Measure.MIB::rate));
      });
    }
    results.memory("l4").forEach(figures::add);
    results.further().forEach(figures::add);
    return figures.all();
  }
}
