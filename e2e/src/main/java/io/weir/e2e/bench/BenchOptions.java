package io.weir.e2e.bench;

import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of benchmarks that measure what traffic costs. */
final class BenchOptions extends CommonOptions {
  @Option(
      names = "--cores",
      paramLabel = "N",
      split = ",",
      description = "Cores of the proxy, 1 and 2 (default: 1,2; with --quick 1).")
  private @Nullable List<Integer> cores;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Turns of each contender in each combination (default: 5; with --quick 3).")
  private @Nullable Integer rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "How long a turn lasts (default: 5; with --quick 2).")
  private @Nullable Integer seconds;

  @Option(
      names = "--buffers",
      paramLabel = "large|stock",
      defaultValue = "large",
      description =
          "Whether contenders that gain by buffers larger than their default have them (default:"
              + " large).")
  private String buffers = "large";

  List<Layout> layouts() throws IOException {
    List<Integer> chosen = cores == null ? (quick ? List.of(1) : List.of(1, 2)) : cores;
    if (!List.of(1, 2).containsAll(chosen)) {
      throw wrong("--cores: 1 or 2, not " + chosen);
    }
    List<Integer> cpus = Cpus.here().allowed();
    if (cpus.size() < 2) {
      throw wrong("a benchmark needs two cores: one for the proxy, one for the load");
    }
    return chosen.stream().map(count -> new Layout(count, cpus.get(0), cpus.get(1))).toList();
  }

  int rounds() {
    return rounds == null ? (quick ? 3 : 5) : positive("--rounds", rounds);
  }

  Duration turn() {
    int chosen = seconds == null ? (quick ? 2 : 5) : positive("--seconds", seconds);
    return Duration.ofSeconds(chosen);
  }

  Settings settings(boolean accessLog) {
    if (!List.of("large", "stock").contains(buffers)) {
      throw wrong("--buffers is large or stock, not " + buffers);
    }
    return new Settings(accessLog, buffers.equals("large"));
  }

  WarmUp warmUp() {
    return quick
        ? new WarmUp(Duration.ofSeconds(10), Duration.ofSeconds(20))
        : new WarmUp(Duration.ofSeconds(12), Duration.ofSeconds(60));
  }

  Report report(String name, Programs programs) {
    return new Report(name, command(), json(), page(programs, "benchmarks.md"));
  }
}
