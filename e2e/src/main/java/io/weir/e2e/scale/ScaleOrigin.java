package io.weir.e2e.scale;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An origin that starts quickly and costs little: {@code /work?ms=N} answers after so long, {@code
 * /healthz} at once, an upgraded connection gets back what it sends, and {@code /exit} ends it.
 * When it is told to end it ends, whatever is under way: it is for others to see to that nothing
 * is.
 */
public final class ScaleOrigin {
  private static final Pattern WORK = Pattern.compile("/work\\?ms=(\\d{1,6})");
  private static final long MILLI = 1_000_000;
  private static final long WATCH = 1_000 * MILLI;
  private static final int BUFFER = 4_096;

  private final String name;

  private ScaleOrigin(String name) {
    this.name = name;
  }

  /** Its name, the port of 127.0.0.1 to listen on, and the process without which it ends. */
  public static void main(String[] args) throws IOException {
    ScaleOrigin origin = new ScaleOrigin(args[0]);
    long parent = Long.parseLong(args[2]);
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          while (ProcessHandle.of(parent).map(ProcessHandle::isAlive).orElse(false)) {
            LockSupport.parkNanos(WATCH);
          }
          Runtime.getRuntime().halt(0);
        });
    try (ServerSocket server =
        new ServerSocket(Integer.parseInt(args[1]), BUFFER, InetAddress.getLoopbackAddress())) {
      while (true) {
        Socket client = server.accept();
        Thread.startVirtualThread(() -> origin.serve(client));
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      client.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(client.getInputStream(), BUFFER);
      OutputStream out = client.getOutputStream();
      while (request(in, out)) {
        // The next one on this connection.
      }
    } catch (IOException e) {
      // Whoever asked has gone.
    }
  }

  /** False: there is none to come. */
  private boolean request(InputStream in, OutputStream out) throws IOException {
    String first = line(in);
    if (first.isEmpty()) {
      return false;
    }
    boolean upgrade = false;
    int length = 0;
    for (String field = line(in); !field.isEmpty(); field = line(in)) {
      String lower = field.toLowerCase(Locale.ROOT);
      upgrade |= lower.startsWith("upgrade:");
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring(lower.indexOf(':') + 1).strip());
      }
    }
    in.skipNBytes(length);
    String path = first.split(" ", 3)[1];
    if (upgrade) {
      echo(in, out);
      return false;
    }
    if (path.equals("/exit")) {
      Runtime.getRuntime().halt(0);
    }
    Matcher work = WORK.matcher(path);
    if (work.matches()) {
      sleep(Long.parseLong(work.group(1)));
    }
    byte[] body = (name + "\n").getBytes(StandardCharsets.US_ASCII);
    out.write(
        ("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n" + name + "\n")
            .getBytes(StandardCharsets.US_ASCII));
    return true;
  }

  private static void sleep(long millis) {
    long end = System.nanoTime() + millis * MILLI;
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static void echo(InputStream in, OutputStream out) throws IOException {
    out.write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII));
    byte[] buffer = new byte[BUFFER];
    for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
      out.write(buffer, 0, n);
    }
  }

  /** Without its end; empty at the end of the input, too. */
  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      if (b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }
}
