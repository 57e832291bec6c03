package io.weir.e2e.bench;

import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that every benchmark has. */
final class BenchOptions {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(names = "--quick", description = "A rough answer in less than a minute.")
  boolean quick;

  @Option(
      names = "--newest",
      description =
          "Against nginx and HAProxy of Debian 13 in a folder of their own (needs root, and half a"
              + " minute once), instead of this machine's.")
  private boolean newest;

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

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures to FILE, as a list of JSON objects.")
  private @Nullable Path json;

  @Option(names = "--write-docs", description = "Write the results into docs/benchmarks.md.")
  private boolean writeDocs;

  private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);

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

  /** What to type to measure the same, without what only says where the results go. */
  String command() {
    var words = new ArrayList<String>();
    List<String> given = root().getParseResult().originalArgs();
    for (int i = 0; i < given.size(); i++) {
      String word = given.get(i);
      if (word.equals("--json")) {
        i++;
      } else if (!word.startsWith("--json=") && !word.equals("--write-docs")) {
        words.add(word);
      }
    }
    return "./weir bench " + String.join(" ", words);
  }

  /** This machine's, or the newest. */
  List<Installed> rivals(Programs programs, List<Software> software) {
    Optional<Path> root = newest ? Optional.of(newestRoot(programs)) : Optional.empty();
    return software.stream().map(rival -> require(rival, root)).toList();
  }

  Report report(String name, Programs programs) {
    return new Report(
        name,
        command(),
        Optional.ofNullable(json),
        writeDocs ? Optional.of(programs.home().resolve("docs/benchmarks.md")) : Optional.empty());
  }

  PrintStream out() {
    return out;
  }

  /**
   * @throws ParameterException when it is not installed
   */
  Installed require(Software software, Optional<Path> root) {
    return Installed.find(software, root)
        .orElseThrow(() ->
            wrong(
                software.binary()
                    + " is not installed, and only root can have it installed; try apt-get"
                    + " install nginx libnginx-mod-stream haproxy wrk"));
  }

  ParameterException wrong(String sentence) {
    if (spec == null) {
      throw new IllegalStateException(sentence);
    }
    return new ParameterException(spec.commandLine(), sentence);
  }

  private Path newestRoot(Programs programs) {
    Path root = programs.home().resolve("target/bench/trixie");
    if (!Files.isDirectory(root.resolve("usr"))) {
      throw wrong("--newest: there is no " + root + "; only root can make it");
    }
    return root;
  }

  int positive(String option, int value) {
    if (value < 1) {
      throw wrong(option + " is at least 1, not " + value);
    }
    return value;
  }

  private picocli.CommandLine root() {
    if (spec == null) {
      throw new IllegalStateException("not parsed");
    }
    return spec.root().commandLine();
  }
}
