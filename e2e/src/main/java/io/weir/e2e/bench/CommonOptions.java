package io.weir.e2e.bench;

import io.weir.e2e.live.Programs;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that every benchmark has. */
class CommonOptions {
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
      names = "--json",
      paramLabel = "FILE",
      description = "Write the figures to FILE, as a list of JSON objects.")
  private @Nullable Path json;

  @Option(names = "--write-docs", description = "Write the results into the page in docs.")
  private boolean writeDocs;

  private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);

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

  Optional<Path> json() {
    return Optional.ofNullable(json);
  }

  /** What of docs is to be written; empty: nothing. */
  Optional<Path> page(Programs programs, String page) {
    return writeDocs
        ? Optional.of(programs.home().resolve("docs").resolve(page))
        : Optional.empty();
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
