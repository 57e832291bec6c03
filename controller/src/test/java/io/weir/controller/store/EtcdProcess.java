package io.weir.controller.store;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * The {@code etcd} of the PATH as a process on free ports of 127.0.0.1, with its data in a
 * directory of its own below the temporary one. It dies with this JVM, however that ends: a shell
 * between the two kills it when its standard input, a pipe held open here, closes.
 */
public final class EtcdProcess implements EtcdServer {
  private static final int ATTEMPTS = 3;

  // Interrupting the tests from a terminal signals the whole process group; the shell must outlive
  // that to do its work.
  private static final String KEEPER =
      """
      trap '' INT TERM HUP
      "$@" </dev/null & etcd=$!
      cat >/dev/null
      kill -9 $etcd
      wait $etcd 2>/dev/null
      exit 0
      """;

  private final Path dir;
  private final URI endpoint;
  private final List<String> command;
  private @Nullable Process keeper;

  private EtcdProcess(Path dir, int clientPort, int peerPort) {
    this.dir = dir;
    this.endpoint = URI.create("http://127.0.0.1:" + clientPort);
    String peer = "http://127.0.0.1:" + peerPort;
    this.command =
        List.of(
            "etcd",
            "--name=test",
            "--data-dir=" + dir.resolve("data"),
            "--listen-client-urls=" + endpoint,
            "--advertise-client-urls=" + endpoint,
            "--listen-peer-urls=" + peer,
            "--initial-advertise-peer-urls=" + peer,
            "--initial-cluster=test=" + peer,
            "--logger=zap",
            "--log-level=warn");
  }

  /** Skips the test, saying what to install, where there is no etcd. */
  public static void assumeInstalled() {
    boolean found =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "etcd")));
    Assumptions.assumeTrue(
        found,
        "no etcd on the PATH: install it (Debian, Ubuntu: apt-get install etcd-server; else from"
            + " https://github.com/etcd-io/etcd/releases)");
  }

  /** Returns once it serves. */
  public static EtcdProcess start() {
    for (int attempt = 1; ; attempt++) {
      EtcdProcess etcd;
      try {
        etcd = new EtcdProcess(Files.createTempDirectory("weir-etcd-"), freePort(), freePort());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      try {
        etcd.restart();
        return etcd;
      } catch (ConditionTimeoutException e) {
        // Someone else may have taken one of the ports between finding and using it.
        String said = etcd.said();
        etcd.close();
        if (attempt == ATTEMPTS) {
          throw new IllegalStateException("etcd does not start: " + said, e);
        }
      }
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private String said() {
    try {
      return Files.readString(dir.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public URI endpoint() {
    return endpoint;
  }

  @Override
  public void restart() {
    if (keeper != null) {
      throw new IllegalStateException("etcd is running");
    }
    try {
      keeper =
          new ProcessBuilder(
                  Stream.concat(Stream.of("sh", "-c", KEEPER, "sh"), command.stream()).toList())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve("log").toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    awaitServing();
  }

  @Override
  public void kill() {
    Process running = keeper;
    if (running == null) {
      return;
    }
    keeper = null;
    try {
      running.getOutputStream().close();
      if (!running.waitFor(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("etcd does not die");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    kill();
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
