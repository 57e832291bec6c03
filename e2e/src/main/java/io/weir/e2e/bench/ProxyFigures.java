package io.weir.e2e.bench;

import io.weir.e2e.figure.Figure;
import java.util.List;

/** What {@code weir bench proxy --json} writes: only what was measured. */
record ProxyFigures(Results results, String command) {
  private static final List<String> RIVALS = List.of("nginx", "haproxy");

  List<Figure> all() {
    var figures = new FigureList(command);
    for (Cell cell : results.cells()) {
      List<Turn> ours = results.turns(cell, Weir.NAME);
      figures.add(cell.figure("cpu_us"), "us", Ratios.valid(ours, Measure.REQUEST::cost));
      for (String rival : RIVALS) {
        List<Turn> theirs = results.turns(cell, rival);
        figures.add(
            cell.figure("cpu_vs_" + rival),
            "ratio",
            Ratios.paired(ours, theirs, Measure.REQUEST::cost));
        figures.add(
            cell.figure("rps_vs_" + rival),
            "ratio",
            Ratios.paired(ours, theirs, Measure.REQUEST::rate));
        figures.add(
            cell.figure("p99_vs_" + rival),
            "ratio",
            Ratios.paired(ours, theirs, turn -> turn.load().p99()));
      }
      results
          .systemCalls(cell, Weir.NAME)
          .ifPresent(
              calls -> figures.add(cell.figure("syscalls"), "calls/request", List.of(calls)));
    }
    results.memory("proxy").forEach(figures::add);
    results.further().forEach(figures::add);
    return figures.all();
  }
}
