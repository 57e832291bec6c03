package io.weir.e2e.docs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the steps of a {@link Readme} as one bash script. */
final class ReadmeRun {
  /** Tries a command until it succeeds and says what it has to; then the next one. */
  private static final String PRELUDE =
      """
      set -u
      out=$PWD/.out
      finish() {
        local jobs
        jobs=$(jobs -p)
        [[ -z $jobs ]] || kill $jobs 2>/dev/null
        wait
      }
      trap finish EXIT
      trap 'exit 143' TERM
      decode() { printf '%s' "$1" | base64 -d; }
      says() {
        local part
        for part in "$@"; do grep -qF -- "$(decode "$part")" "$out" || return 1; done
      }
      run() {
        local line end=$((SECONDS + patience))
        line=$(decode "$1")
        shift
        printf '$ %s\\n' "$line"
        until eval "$line" >"$out" 2>&1 </dev/null && says "$@"; do
          if ((SECONDS > end)); then
            cat "$out"
            printf 'README: this failed, or did not say what it should: %s\\n' "$line"
            exit 1
          fi
          sleep 0.3
        done
        cat "$out"
      }
      background() {
        printf '$ %s\\n' "$(decode "$1")"
        eval "$(decode "$1")" </dev/null
      }
      """;

  private final Path home;
  private final Path work;
  private final Duration patience;

  /**
   * @param home the checkout
   * @param work an empty folder
   * @param patience how long one command is tried
   */
  ReadmeRun(Path home, Path work, Duration patience) {
    this.home = home;
    this.work = work;
    this.patience = patience;
  }

  record Result(int exit, String output) {}

  /** Kills what is left of it after {@code limit}. */
  Result run(List<Readme.Step> steps, Duration limit) throws IOException, InterruptedException {
    List<Path> links = new ArrayList<>();
    for (String name : List.of("weir", "deploy")) {
      links.add(Files.createSymbolicLink(work.resolve(name), home.resolve(name)));
    }
    try {
      return run(script(steps), limit);
    } finally {
      for (Path link : links) {
        Files.delete(link);
      }
    }
  }

  private String script(List<Readme.Step> steps) throws IOException {
    var script = new StringBuilder("patience=" + patience.toSeconds() + "\n" + PRELUDE);
    for (Readme.Step step : steps) {
      switch (step) {
        case Readme.Step.File(String name, String text) ->
            Files.writeString(work.resolve(name), text);
        case Readme.Step.Command(String line, List<String> expected) -> {
          script.append(line.endsWith("&") ? "background " : "run ").append(encode(line));
          expected.forEach(part -> script.append(' ').append(encode(part)));
          script.append('\n');
        }
      }
    }
    return script.toString();
  }

  private Result run(String script, Duration limit) throws IOException, InterruptedException {
    Path file = Files.writeString(work.resolve(".script"), script);
    Path output = work.resolve(".output");
    var builder =
        new ProcessBuilder(command(file))
            .directory(work.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().merge("PATH", home.toString(), (path, own) -> own + ":" + path);
    builder.environment().put("WEIR_NO_BUILD", "1");
    builder.environment().put("WEIR_JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    boolean ended = process.waitFor(limit.toSeconds(), TimeUnit.SECONDS);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    return new Result(
        ended ? process.exitValue() : -1, Files.readString(output, StandardCharsets.UTF_8));
  }

  /** In a network of its own where that can be had, as the ports in a text are fixed ones. */
  private static List<String> command(Path script) throws InterruptedException {
    var isolated = List.of("unshare", "--net", "sh", "-c", "ip link set lo up && exec bash \"$0\"");
    List<String> probe = new ArrayList<>(isolated);
    probe.add("/dev/null");
    boolean possible;
    try {
      possible =
          new ProcessBuilder(probe)
                  .redirectErrorStream(true)
                  .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                  .start()
                  .waitFor()
              == 0;
    } catch (IOException noUnshare) {
      possible = false;
    }
    List<String> command = new ArrayList<>(possible ? isolated : List.of("bash"));
    command.add(script.toString());
    return command;
  }

  private static String encode(String text) {
    return "'" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + "'";
  }
}
