package io.weir.controller.dns;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A real name server, which knows the records it is started with and nothing else. */
final class Unbound implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 20;

  private final Process process;
  private final int port;

  private Unbound(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Where the program is, if it is installed (Debian, Ubuntu: apt-get install unbound). */
  static Optional<Path> program() {
    return Stream.concat(
            Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1)),
            Stream.of("/usr/sbin", "/usr/local/sbin"))
        .map(folder -> Path.of(folder, "unbound"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * @param zone of which it knows all there is
   * @param records in the form of zone files, with their times to live
   */
  static Unbound start(Path program, Path dir, String zone, List<String> records)
      throws IOException {
    int port = free();
    StringBuilder config = new StringBuilder();
    config.append(
        """
        server:
          interface: 127.0.0.1@%d
          directory: "%s"
          pidfile: ""
          username: ""
          chroot: ""
          use-syslog: no
          logfile: ""
          do-daemonize: no
          do-ip6: no
          num-threads: 1
          max-udp-size: 1232
          module-config: "iterator"
          local-zone: "%s." static
        """
            .formatted(port, dir, zone));
    records.forEach(record -> config.append("  local-data: '").append(record).append("'\n"));
    config.append("remote-control:\n  control-enable: no\n");
    Path file = Files.writeString(dir.resolve("unbound.conf"), config);
    Process process =
        new ProcessBuilder(program.toString(), "-d", "-c", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("unbound.log").toFile())
            .start();
    Unbound server = new Unbound(process, port);
    try {
      Awaitility.await()
          .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
          .until(() -> !process.isAlive() || server.accepts());
      if (!process.isAlive()) {
        throw new IOException(Files.readString(dir.resolve("unbound.log")));
      }
      return server;
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** On both protocols. */
  private static int free() throws IOException {
    while (true) {
      try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          DatagramSocket udp =
              new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress())) {
        return udp.getLocalPort();
      } catch (java.net.BindException e) {
        // That of the other protocol is taken.
      }
    }
  }

  private boolean accepts() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
