package io.weir.e2e.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Counts system calls with perf, which needs the right to look at the kernel's trace points. */
final class SystemCalls {
  /** In what {@code perf stat -x,} prints. */
  private static final Pattern COUNT = Pattern.compile("(?m)^(\\d+),[^,]*,raw_syscalls:sys_enter,");

  private static final List<String> STAT =
      List.of("perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter");

  private SystemCalls() {}

  /** Why they cannot be counted here, or empty. */
  static Optional<String> obstacle() {
    var command = new ArrayList<>(STAT);
    command.add("true");
    try {
      String said = output(command);
      return COUNT.matcher(said).find()
          ? Optional.empty()
          : Optional.of(said.lines().findFirst().orElse("perf counts nothing"));
    } catch (IOException e) {
      return Optional.of("perf is not installed");
    }
  }

  /**
   * Runs a command and counts the system calls that the processes make meanwhile; other tools that
   * could count slow a process down so much that it batches its work differently.
   */
  static Counted during(List<String> command, List<Long> pids) {
    var all = new ArrayList<>(STAT);
    all.addAll(
        List.of("-p", pids.stream().map(String::valueOf).collect(Collectors.joining(",")), "--"));
    all.addAll(command);
    try {
      String said = output(all);
      return new Counted(said, count(said));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param output of the command, and perf's
   */
  record Counted(String output, long calls) {}

  /**
   * @throws IllegalArgumentException with what perf said, when it did not count
   */
  static long count(String said) {
    Matcher count = COUNT.matcher(said);
    if (!count.find()) {
      throw new IllegalArgumentException("perf counted nothing: " + said.strip());
    }
    return Long.parseLong(count.group(1));
  }

  private static String output(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
