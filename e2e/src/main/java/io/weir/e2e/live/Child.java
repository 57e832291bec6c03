package io.weir.e2e.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** One process and the files its output goes to. */
public final class Child {
  private final String name;
  private final Process process;
  private final Path out;
  private final Path err;

  Child(String name, Process process, Path out, Path err) {
    this.name = name;
    this.process = process;
    this.out = out;
    this.err = err;
  }

  public String name() {
    return name;
  }

  public ProcessHandle handle() {
    return process.toHandle();
  }

  public boolean alive() {
    return process.isAlive();
  }

  /** All of standard output so far. */
  public String out() {
    return read(out);
  }

  /** All of standard error so far. */
  public String err() {
    return read(err);
  }

  /**
   * The first match of {@code pattern} in standard output.
   *
   * @throws Await.TimedOut at the deadline
   * @throws IllegalStateException when the process ends before; the message holds its errors
   */
  public MatchResult awaitOutput(Pattern pattern, Duration deadline) {
    return Await.value(
        name + " to print " + pattern,
        deadline,
        () -> {
          boolean ended = !process.isAlive();
          Optional<MatchResult> match = pattern.matcher(out()).results().findFirst();
          if (match.isEmpty() && ended) {
            throw new IllegalStateException(
                "%s ended with status %d: %s".formatted(name, process.exitValue(), tail(10)));
          }
          return match;
        });
  }

  /**
   * The exit status.
   *
   * @throws Await.TimedOut at the deadline
   */
  public int awaitExit(Duration deadline) {
    try {
      if (process.waitFor(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
        return process.exitValue();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new Await.TimedOut(
        "timed out after %d s waiting for %s to end".formatted(deadline.toSeconds(), name));
  }

  /** SIGKILL; returns at once. */
  public void kill() {
    process.destroyForcibly();
  }

  /** SIGTERM; returns at once. */
  public void stop() {
    // By the handle: Process.destroy closes the pipe as well, which the tether takes for our death.
    boolean asked = process.toHandle().destroy();
    if (!asked && process.isAlive()) {
      throw new IllegalStateException(name + " cannot be told to stop");
    }
  }

  /** The last lines of its errors and log. */
  public String tail(int lines) {
    List<String> all = err().lines().toList();
    return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
