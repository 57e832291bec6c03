package io.weir.e2e.bench;

import io.weir.e2e.live.Programs;
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
  boolean newest;

  @Option(
      names = "--against",
      paramLabel = "NAME",
      split = ",",
      description = "Further contenders that are installed, besides nginx and haproxy.")
  private List<String> against = List.of();

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
      description = "How long a turn lasts (default: 5; with --quick 3).")
  private @Nullable Integer seconds;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures to FILE, as a list of JSON objects.")
  @Nullable Path json;

  @Option(names = "--write-docs", description = "Write the results into docs/benchmarks.md.")
  boolean writeDocs;

  List<Layout> layouts() {
    List<Integer> chosen = cores == null ? (quick ? List.of(1) : List.of(1, 2)) : cores;
    if (!List.of(1, 2).containsAll(chosen)) {
      throw wrong("--cores: 1 or 2, not " + chosen);
    }
    return Plan.layouts(chosen);
  }

  int rounds() {
    return positive("--rounds", rounds, quick ? 3 : 5);
  }

  Duration turn() {
    return Duration.ofSeconds(positive("--seconds", seconds, quick ? 3 : 5));
  }

  WarmUp warmUp() {
    return quick
        ? new WarmUp(Duration.ofSeconds(6), Duration.ofSeconds(20))
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

  /**
   * The contenders besides Weir: always {@code always}, and what {@code --against} names. What is
   * not there is noted.
   */
  List<Contender> rivals(
      Programs programs, List<Software> always, List<Software> others, Results results) {
    Optional<Path> root = newest ? Optional.of(newestRoot(programs)) : Optional.empty();
    var rivals = new ArrayList<Contender>();
    always.forEach(software -> rivals.add(require(software, root)));
    for (String name : against) {
      if (always.stream().anyMatch(software -> software.name().equals(name))) {
        continue;
      }
      Software software =
          others.stream()
              .filter(other -> other.name().equals(name))
              .findFirst()
              .orElseThrow(() -> wrong("--against: there is no contender " + name));
      Optional<Installed> found = Installed.find(software, Optional.empty());
      found.ifPresentOrElse(
          rivals::add, () -> results.note(name + " is left out: it is not installed"));
    }
    return rivals;
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

  private int positive(String option, @Nullable Integer given, int otherwise) {
    int value = given == null ? otherwise : given;
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
