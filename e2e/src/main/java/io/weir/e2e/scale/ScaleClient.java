package io.weir.e2e.scale;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One connection to an agent, opened again after a failure. What it is told is what it returns: why
 * something failed, or nothing. For use by one thread.
 */
final class ScaleClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 15_000;
  private static final String UPGRADE =
      "GET /stream HTTP/1.1\r\nHost: weir.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";
  private static final byte[] PING = "ping\n".getBytes(StandardCharsets.US_ASCII);

  private final InetSocketAddress agent;
  private @Nullable Socket socket;
  private @Nullable InputStream in;

  ScaleClient(InetSocketAddress agent) {
    this.agent = agent;
  }

  /** A request that takes so long; one that may not be repeated, or may. */
  Optional<String> work(int millis, boolean idempotent) {
    String body = idempotent ? "" : "x";
    String request =
        "%s /work?ms=%d HTTP/1.1\r\nHost: weir.example\r\n%s\r\n%s"
            .formatted(
                idempotent ? "GET" : "POST",
                millis,
                idempotent ? "" : "Content-Length: 1\r\n",
                body);
    try {
      open().getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String status = line();
      int length = -1;
      boolean closes = false;
      for (String field = line(); !field.isEmpty(); field = line()) {
        String lower = field.toLowerCase(Locale.ROOT);
        if (lower.startsWith("content-length:")) {
          length = Integer.parseInt(lower.substring(lower.indexOf(':') + 1).strip());
        }
        closes |= lower.equals("connection: close");
      }
      int read = length < 0 ? -1 : input().readNBytes(length).length;
      if (closes || length < 0) {
        close();
      }
      return status.startsWith("HTTP/1.1 200") && read == length
          ? Optional.empty()
          : Optional.of(status);
    } catch (IOException e) {
      close();
      return Optional.of(
          e instanceof EOFException ? "connection closed" : String.valueOf(e.getMessage()));
    }
  }

  /** Upgrades; then {@link #ping}, and {@link #close} at the end. */
  Optional<String> upgrade() {
    close();
    try {
      open().getOutputStream().write(UPGRADE.getBytes(StandardCharsets.US_ASCII));
      String status = line();
      while (!line().isEmpty()) {
        // To the end of the head.
      }
      return status.startsWith("HTTP/1.1 101") ? Optional.empty() : Optional.of(status);
    } catch (IOException e) {
      close();
      return Optional.of("stream not opened: " + e.getMessage());
    }
  }

  /** Whether the stream gives back what it gets. */
  Optional<String> ping() {
    try {
      open().getOutputStream().write(PING);
      return line().equals("ping") ? Optional.empty() : Optional.of("stream: other bytes");
    } catch (IOException e) {
      close();
      return Optional.of("stream cut off");
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = input().read(); b != '\n'; b = input().read()) {
      if (b < 0) {
        throw new EOFException();
      }
      if (b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }

  private InputStream input() throws EOFException {
    if (in == null) {
      throw new EOFException();
    }
    return in;
  }

  private Socket open() throws IOException {
    Socket open = socket;
    if (open == null) {
      open = new Socket();
      open.setTcpNoDelay(true);
      open.setSoTimeout(TIMEOUT_MILLIS);
      open.connect(agent, TIMEOUT_MILLIS);
      socket = open;
      in = new BufferedInputStream(open.getInputStream());
    }
    return open;
  }

  @Override
  public void close() {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      // It is gone either way.
    }
    socket = null;
    in = null;
  }
}
