package io.weir.e2e.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The medians, for people: one table per cell, and the notes. */
record ResultTable(Results results, Measure measure) {
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (Cell cell : results.cells()) {
      text.append("\n").append(cell.described()).append(":\n\n").append(table(cell));
    }
    results
        .rss()
        .forEach((layout, mib) -> text.append("\n").append(memory(layout, mib)).append("\n"));
    if (!results.further().isEmpty()) {
      text.append("\n").append(further());
    }
    results.notes().forEach(note -> text.append("\n- ").append(note));
    return results.notes().isEmpty() ? text.toString() : text.append("\n").toString();
  }

  private Table table(Cell cell) {
    var table =
        new Table(
            "contender",
            "CPU us/" + measure.unit(),
            "of it user",
            "weir to it",
            measure.unit() + "/s",
            "p50 ms",
            "p99 ms",
            "p99.9 ms",
            "system calls/request");
    List<Turn> ours = results.turns(cell, Weir.NAME);
    results
        .contenders()
        .forEach((name, described) -> {
          List<Turn> turns = results.turns(cell, name);
          var row = new ArrayList<String>();
          row.add(described);
          row.add(median(turns, measure::cost, 1));
          row.add(median(turns, measure::userCost, 1));
          List<Double> ratios = Ratios.paired(ours, turns, measure::cost);
          row.add(ratios.isEmpty() ? "" : number(Ratios.median(ratios), 2));
          row.add(median(turns, measure::rate, 0));
          row.add(median(turns, turn -> turn.load().p50() / 1000, 2));
          row.add(median(turns, turn -> turn.load().p99() / 1000, 2));
          row.add(median(turns, turn -> turn.load().p999() / 1000, 2));
          var calls = results.systemCalls(cell, name);
          row.add(calls.isPresent() ? number(calls.getAsDouble(), 2) : "");
          table.row(row);
        });
    return table;
  }

  private String memory(Layout layout, Map<String, Double> mib) {
    var parts = new ArrayList<String>();
    mib.forEach((name, value) ->
        parts.add(
            "%s %s MiB after %,d requests"
                .formatted(name, number(value, 0), results.servedBy(layout, name))));
    return "Resident memory, %s: %s.".formatted(layout.described(), String.join(", ", parts));
  }

  private Table further() {
    var table = new Table("figure", "value", "unit");
    results
        .further()
        .forEach(figure -> {
          boolean whole = figure.value() == Math.rint(figure.value());
          table.row(
              List.of(
                  "`" + figure.name() + "`", number(figure.value(), whole ? 0 : 2), figure.unit()));
        });
    return table;
  }

  private static String median(List<Turn> turns, ToDoubleFunction<Turn> value, int digits) {
    List<Double> values = turns.stream().filter(Turn::valid).map(value::applyAsDouble).toList();
    return values.isEmpty() ? "" : number(Ratios.median(values), digits);
  }

  private static String number(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
