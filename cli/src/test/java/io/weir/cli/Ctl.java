package io.weir.cli;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.weir.cli.command.Console;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs command lines of {@code weir ctl} against a {@link FakeAdmin}. */
final class Ctl implements AutoCloseable {
  static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  final FakeAdmin admin = new FakeAdmin(NOW);
  private final Server server;

  Ctl() {
    try {
      server =
          NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .addService(admin)
              .build()
              .start();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** What a command printed and returned. */
  record Outcome(int status, String out, String err) {}

  String address() {
    return "127.0.0.1:" + server.getPort();
  }

  Outcome run(String... args) {
    return runWith("", args);
  }

  /** {@code in}: what it reads from stdin. */
  Outcome runWith(String in, String... args) {
    List<String> line = new ArrayList<>(List.of(args));
    line.addAll(List.of("--controller", address(), "--author", "ann@desk"));
    return plain(in, line.toArray(String[]::new));
  }

  /** Without any option added. */
  static Outcome plain(String in, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status = Main.run(console(in, out, err), args);
    return new Outcome(status, out.toString(), err.toString());
  }

  static Console console(String in, StringWriter out, StringWriter err) {
    return console(in.getBytes(StandardCharsets.UTF_8), out, err, Optional.empty());
  }

  static Console console(
      byte[] in, StringWriter out, StringWriter err, Optional<OutputStream> bytes) {
    return new Console(
        new ByteArrayInputStream(in),
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        false,
        InstantSource.fixed(NOW),
        () -> bytes);
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
