package io.weir.e2e.bench;

import io.weir.e2e.figure.Figure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What {@code weir bench proxy --json} writes: only what was measured. */
record ProxyFigures(Results results, String command) {
  private static final List<String> RIVALS = List.of("nginx", "haproxy");

  List<Figure> all() {
    var figures = new ArrayList<Figure>();
    for (Cell cell : results.cells()) {
      List<Turn> ours = results.turns(cell, Weir.NAME);
      add(figures, cell.figure("cpu_us"), "us", values(ours, Turn::cpuPerRequest));
      for (String rival : RIVALS) {
        List<Turn> theirs = results.turns(cell, rival);
        add(
            figures,
            cell.figure("cpu_vs_" + rival),
            "ratio",
            Ratios.paired(ours, theirs, Turn::cpuPerRequest));
        add(
            figures,
            cell.figure("rps_vs_" + rival),
            "ratio",
            Ratios.paired(ours, theirs, turn -> turn.load().requestsPerSecond()));
        add(
            figures,
            cell.figure("p99_vs_" + rival),
            "ratio",
            Ratios.paired(ours, theirs, turn -> turn.load().p99()));
      }
      results
          .systemCalls(cell, Weir.NAME)
          .ifPresent(
              calls -> add(figures, cell.figure("syscalls"), "calls/request", List.of(calls)));
    }
    results
        .rss()
        .forEach((layout, mib) -> {
          if (mib.containsKey(Weir.NAME)) {
            add(figures, "proxy.rss_mb" + layout.suffix(), "MiB", List.of(mib.get(Weir.NAME)));
            add(
                figures,
                "proxy.rss_mb.requests" + layout.suffix(),
                "requests",
                List.of((double) results.servedBy(layout, Weir.NAME)));
          }
        });
    figures.addAll(results.further());
    return List.copyOf(figures);
  }

  private static List<Double> values(List<Turn> turns, ToDoubleFunction<Turn> value) {
    return turns.stream().filter(Turn::valid).map(value::applyAsDouble).toList();
  }

  private void add(List<Figure> figures, String name, String unit, List<Double> samples) {
    if (!samples.isEmpty()) {
      figures.add(new Figure(name, Ratios.median(samples), unit, samples, command));
    }
  }
}
