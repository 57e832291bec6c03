package io.weir.e2e.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One etcd of a cluster. It dies with this JVM, however that ends: a shell between the two kills it
 * when its standard input, a pipe held open here, closes. Thread-safe.
 */
final class EtcdMember {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final int LINES = 10;

  // Interrupting the tests from a terminal signals the whole process group; the shell must outlive
  // that to do its work.
  private static final String KEEPER =
      """
      trap '' INT TERM HUP
      pid=$1; shift
      "$@" </dev/null & etcd=$!
      echo $etcd >$pid
      cat >/dev/null
      kill -9 $etcd
      wait $etcd 2>/dev/null
      exit 0
      """;

  private final String name;
  private final Path dir;
  private final Ports ports;
  private final List<String> command;

  /** Guarded by this. */
  private @Nullable Process keeper;

  /** Guarded by this: of etcd itself. */
  private @Nullable ProcessHandle etcd;

  /** Where it listens: to clients, to other members, and for its health and metrics. */
  record Ports(URI client, URI peer, URI metrics) {}

  EtcdMember(
      String name,
      Path dir,
      Ports ports,
      List<String> enter,
      String initialCluster,
      List<String> extra) {
    this.name = name;
    this.dir = dir;
    this.ports = ports;
    List<String> all = new ArrayList<>(List.of("sh", "-c", KEEPER, "sh", pidFile().toString()));
    all.addAll(enter);
    all.addAll(
        List.of(
            "etcd",
            "--name=" + name,
            "--data-dir=" + dir.resolve(name + ".data"),
            "--listen-client-urls=" + ports.client(),
            "--advertise-client-urls=" + ports.client(),
            "--listen-peer-urls=" + ports.peer(),
            "--initial-advertise-peer-urls=" + ports.peer(),
            "--listen-metrics-urls=" + ports.metrics(),
            "--initial-cluster=" + initialCluster,
            "--initial-cluster-state=new",
            "--initial-cluster-token=" + dir.getFileName(),
            "--logger=zap",
            "--log-level=warn"));
    all.addAll(extra);
    this.command = List.copyOf(all);
  }

  String name() {
    return name;
  }

  Ports ports() {
    return ports;
  }

  private Path pidFile() {
    return dir.resolve(name + ".pid");
  }

  /** Waits for nothing but the process. */
  synchronized void start() {
    if (keeper != null) {
      throw new IllegalStateException("etcd " + name + " is running");
    }
    try {
      Files.deleteIfExists(pidFile());
      keeper =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    etcd = Await.value("etcd " + name + " to start", DEADLINE, this::readPid);
  }

  private Optional<ProcessHandle> readPid() {
    try {
      String text = Files.exists(pidFile()) ? Files.readString(pidFile()) : "";
      return text.endsWith("\n")
          ? ProcessHandle.of(Long.parseLong(text.strip()))
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  synchronized boolean running() {
    return etcd != null && etcd.isAlive();
  }

  /** SIGKILL, also when it is stopped; returns once it is dead. */
  synchronized void kill() {
    Process running = keeper;
    if (running == null) {
      return;
    }
    keeper = null;
    etcd = null;
    try {
      running.getOutputStream().close();
      if (!running.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("etcd " + name + " does not die");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * @param signal its name, without SIG
   */
  synchronized void signal(String signal) {
    if (etcd == null) {
      throw new IllegalStateException("etcd " + name + " does not run");
    }
    try {
      Process kill =
          new ProcessBuilder("kill", "-" + signal, Long.toString(etcd.pid())).inheritIO().start();
      if (kill.waitFor() != 0) {
        throw new IllegalStateException("etcd %s takes no SIG%s".formatted(name, signal));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Path log() {
    return dir.resolve(name + ".log");
  }

  /** The last lines it said. */
  String tail() {
    try {
      List<String> all = Files.readAllLines(log());
      return String.join("\n", all.subList(Math.max(0, all.size() - LINES), all.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
