package io.weir.e2e.bench;

import io.weir.e2e.bench.DeliveryBench.Rounds;
import io.weir.e2e.figure.Figure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What {@code weir bench delivery} found. */
final class DeliveryResults {
  private record Latency(
      int count, Rounds rounds, Rounds floor, int bytes, double perGroup, double micros) {
    double ratio() {
      return rounds.millis(0.99) / floor.millis(0.99);
    }

    /** As figures call it. */
    String name() {
      return count % 1_000 == 0 ? count / 1_000 + "k" : Integer.toString(count);
    }
  }

  private record Flood(double rate, double late, double messages) {}

  private record Memory(int most, double heap, double direct, double resident) {}

  private record Ratio(double whole, double delta, long resources, long messages) {}

  private final List<Latency> latencies = new ArrayList<>();
  private @Nullable Flood flood;
  private @Nullable Memory memory;
  private @Nullable Ratio ratio;

  /**
   * @param perGroup messages made for a change and a group
   * @param micros of the controller's CPU for a change and an agent
   */
  void latency(int count, Rounds rounds, Rounds floor, int bytes, double perGroup, double micros) {
    latencies.add(new Latency(count, rounds, floor, bytes, perGroup, micros));
  }

  void flood(double rate, double late, double messages) {
    flood = new Flood(rate, late, messages);
  }

  void memory(int most, double heap, double direct, double resident) {
    memory = new Memory(most, heap, direct, resident);
  }

  void ratio(double whole, double delta, long resources, long messages) {
    ratio = new Ratio(whole, delta, resources, messages);
  }

  List<Figure> figures(String command) {
    FigureList figures = new FigureList(command);
    for (Latency each : latencies) {
      String name = "delivery." + each.name() + ".";
      figures.add(name + "p99_ms", "ms", List.of(each.rounds().millis(0.99)));
      figures.add(name + "p50_ms", "ms", List.of(each.rounds().millis(0.5)));
      figures.add(name + "vs_floor", "ratio", List.of(each.ratio()));
    }
    if (flood != null) {
      figures.add("delivery.updates_per_s", "1/s", List.of(flood.rate()));
      figures.add("delivery.seconds_behind", "s", List.of(flood.late()));
    }
    if (memory != null) {
      figures.add("delivery.kb_per_agent", "KB", List.of(memory.heap() + memory.direct()));
    }
    if (ratio != null) {
      figures.add("delivery.delta_ratio", "ratio", List.of(ratio.delta() / ratio.whole()));
    }
    if (!latencies.isEmpty()) {
      figures.add(
          "delivery.serializations_per_change",
          "count",
          latencies.stream().map(Latency::perGroup).toList());
    }
    return figures.all();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    Table table =
        new Table(
            "agents",
            "apply to all acked, p50 ms",
            "p99 ms",
            "raw loop, p50 ms",
            "p99 ms ",
            "p99 ratio",
            "bytes a message",
            "made for a change and a group",
            "CPU for an agent, us");
    for (Latency each : latencies) {
      table.row(
          List.of(
              "%,d".formatted(each.count()),
              text(each.rounds().millis(0.5)),
              text(each.rounds().millis(0.99)),
              text(each.floor().millis(0.5)),
              text(each.floor().millis(0.99)),
              "%.2f".formatted(each.ratio()),
              Integer.toString(each.bytes()),
              "%.2f".formatted(each.perGroup()),
              "%.0f".formatted(each.micros())));
    }
    text.append('\n').append(table);
    if (flood != null) {
      text.append(
          String.format(
              Locale.ROOT,
              "%n%,.0f updates a second, written 100 pools at a time over the admin API, to 1,000"
                  + " agents:%nall are current %.3f s after the last; each got %.1f messages a"
                  + " second.%n",
              flood.rate(),
              flood.late(),
              flood.messages()));
    }
    if (memory != null) {
      text.append(
          String.format(
              Locale.ROOT,
              "%nMemory of the controller for an agent, as the slope from 1,000 to %,d: %.1f KB of"
                  + " heap after a%ncollection and %.1f KB beside it; resident %.1f KB.%n",
              memory.most(),
              memory.heap(),
              memory.direct(),
              memory.resident()));
    }
    if (ratio != null) {
      text.append(
          String.format(
              Locale.ROOT,
              "%n100,000 endpoints in 25 pools: a snapshot has %,.0f bytes, the change of one"
                  + " endpoint %,.0f, 1/%,.0f%nof it. It took %d resources and %d messages to be"
                  + " made into bytes, for 20 agents of 4 groups.%n",
              ratio.whole(),
              ratio.delta(),
              ratio.whole() / ratio.delta(),
              ratio.resources(),
              ratio.messages()));
    }
    return text.toString();
  }

  private static String text(double millis) {
    return String.format(Locale.ROOT, "%.1f", millis);
  }
}
