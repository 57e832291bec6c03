package io.weir.e2e.bench;

import io.weir.e2e.live.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A process that ends with this JVM, however that ends; see {@code tether.sh}. */
final class Launched implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration STOP = Duration.ofSeconds(15);
  private static final int LINES = 20;

  private final String name;
  private final Process tether;
  private final Path log;
  private final ProcessTree tree;

  private Launched(String name, Process tether, Path log, long pid) {
    this.name = name;
    this.tether = tether;
    this.log = log;
    this.tree = new ProcessTree(pid);
  }

  /**
   * @param folder for its output and for what this class needs; exists
   * @param environment added to this JVM's, from which everything that begins with WEIR_ is taken
   */
  static Launched start(
      String name, Path folder, List<String> command, Map<String, String> environment) {
    Path log = folder.resolve(name + ".log");
    Path pid = folder.resolve(name + ".pid");
    var all = new ArrayList<>(List.of("bash", script(folder).toString(), pid.toString()));
    all.addAll(command);
    var builder = new ProcessBuilder(all).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().keySet().removeIf(key -> key.startsWith("WEIR_"));
    builder.environment().putAll(environment);
    try {
      Files.deleteIfExists(pid);
      Process tether = builder.start();
      return new Launched(name, tether, log, Await.value(name, START, () -> read(pid)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ProcessTree tree() {
    return tree;
  }

  /** Its output and errors so far. */
  Path log() {
    return log;
  }

  /**
   * Waits until a connection to the port of loopback opens.
   *
   * @throws IllegalStateException with what it said last, when it ends before
   */
  Launched awaitListening(int port) {
    Await.until(
        name + " to listen",
        START,
        () -> {
          if (!tether.isAlive()) {
            throw new IllegalStateException(name + " ended at once: " + tail());
          }
          try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
          } catch (IOException notYet) {
            return false;
          }
        });
    return this;
  }

  String tail() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES), lines.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public void close() {
    List<ProcessHandle> all = tether.descendants().toList();
    try {
      tether.getOutputStream().close();
      if (!tether.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
        tether.destroyForcibly();
      }
    } catch (IOException e) {
      tether.destroyForcibly();
    } catch (InterruptedException e) {
      tether.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    all.forEach(ProcessHandle::destroyForcibly);
  }

  private static Path script(Path folder) {
    return new Template("tether.sh").write(folder, Map.of(), Template.TAGS);
  }

  private static Optional<Long> read(Path pid) {
    try {
      String text = Files.exists(pid) ? Files.readString(pid) : "";
      return text.endsWith("\n") ? Optional.of(Long.parseLong(text.strip())) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
