package io.weir.e2e.bench;

import io.weir.e2e.bench.FigureList.Single;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** All that was measured so far, in the order in which it was. */
final class Results {
  private final Map<String, String> contenders = new LinkedHashMap<>();
  private final Map<Cell, Map<String, List<Turn>>> turns = new LinkedHashMap<>();
  private final Map<Cell, Map<String, Double>> systemCalls = new LinkedHashMap<>();
  private final Map<Layout, Map<String, Double>> rss = new LinkedHashMap<>();
  private final Map<String, Long> served = new LinkedHashMap<>();
  private final List<Single> further = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  void contender(Contender contender) {
    contenders.computeIfAbsent(contender.name(), _ -> contender.described());
  }

  void turn(Cell cell, String contender, Turn turn) {
    turns
        .computeIfAbsent(cell, _ -> new LinkedHashMap<>())
        .computeIfAbsent(contender, _ -> new ArrayList<>())
        .add(turn);
    served(cell.layout(), contender, turn.load().requests());
    if (!turn.valid()) {
      note(
          "%s, %s: a turn with %d answers of status 400 and above and %d socket errors is left out"
              .formatted(
                  cell.described(),
                  contender,
                  turn.load().statusErrors(),
                  turn.load().socketErrors()));
    }
  }

  /** Counts requests that belong to no turn, too. */
  void served(Layout layout, String contender, long requests) {
    served.merge(contender + layout.suffix(), requests, Long::sum);
  }

  /** System calls per request. */
  void systemCalls(Cell cell, String contender, double perRequest) {
    systemCalls.computeIfAbsent(cell, _ -> new LinkedHashMap<>()).put(contender, perRequest);
  }

  /** MiB, after the last turn. */
  void rss(Layout layout, String contender, double mib) {
    rss.computeIfAbsent(layout, _ -> new LinkedHashMap<>()).put(contender, mib);
  }

  /** What no table has a place for. */
  void figure(Single figure) {
    further.add(figure);
  }

  /** A sentence about what could not be measured, and why. */
  void note(String sentence) {
    if (!notes.contains(sentence)) {
      notes.add(sentence);
    }
  }

  /** Name and version by name. */
  Map<String, String> contenders() {
    return contenders;
  }

  List<Cell> cells() {
    return List.copyOf(turns.keySet());
  }

  /** One per round, those that are not valid too. */
  List<Turn> turns(Cell cell, String contender) {
    return turns.getOrDefault(cell, Map.of()).getOrDefault(contender, List.of());
  }

  OptionalDouble systemCalls(Cell cell, String contender) {
    Double calls = systemCalls.getOrDefault(cell, Map.of()).get(contender);
    return calls == null ? OptionalDouble.empty() : OptionalDouble.of(calls);
  }

  /** MiB by contender. */
  Map<Layout, Map<String, Double>> rss() {
    return rss;
  }

  long servedBy(Layout layout, String contender) {
    return served.getOrDefault(contender + layout.suffix(), 0L);
  }

  List<Single> further() {
    return List.copyOf(further);
  }

  /** Weir's memory and how much it had served by then, by layout. */
  List<Single> memory(String prefix) {
    var figures = new ArrayList<Single>();
    rss.forEach((layout, mib) -> {
      Double ours = mib.get(Weir.NAME);
      if (ours != null) {
        String name = prefix + ".rss_mb";
        double requests = servedBy(layout, Weir.NAME);
        figures.add(new Single(name + layout.suffix(), "MiB", List.of(ours)));
        figures.add(
            new Single(name + ".requests" + layout.suffix(), "requests", List.of(requests)));
      }
    });
    return figures;
  }

  List<String> notes() {
    return List.copyOf(notes);
  }
}
