package io.weir.e2e.load;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection to an agent, kept alive and opened again after a failure. Deliberately
 * not the JDK's client, which repeats failed requests by itself and so would hide what is to be
 * counted. For use by one thread.
 */
final class LoadConnection implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final byte[] BODY = new byte[1024];
  private static final String POST =
      "POST /echo HTTP/1.1\r\nHost: weir.example\r\nContent-Length: " + BODY.length + "\r\n\r\n";
  private static final String GET = "GET / HTTP/1.1\r\nHost: weir.example\r\n\r\n";

  private final InetSocketAddress agent;
  private @Nullable Socket socket;
  private @Nullable InputStream in;

  LoadConnection(InetSocketAddress agent) {
    this.agent = agent;
  }

  Answer get() {
    return request(GET.getBytes(StandardCharsets.US_ASCII), "");
  }

  Answer post() {
    byte[] head = POST.getBytes(StandardCharsets.US_ASCII);
    byte[] request = new byte[head.length + BODY.length];
    System.arraycopy(head, 0, request, 0, head.length);
    return request(request, " " + BODY.length);
  }

  private Answer request(byte[] request, String suffix) {
    try {
      Socket open = socket();
      open.getOutputStream().write(request);
      return answer(suffix);
    } catch (IOException e) {
      close();
      return new Answer.Failed(
          e instanceof EOFException ? "connection closed" : String.valueOf(e.getMessage()));
    }
  }

  private Answer answer(String suffix) throws IOException {
    String status = line();
    String reason = "";
    int length = -1;
    boolean closes = false;
    for (String field = line(); !field.isEmpty(); field = line()) {
      int colon = field.indexOf(':');
      String name = field.substring(0, Math.max(colon, 0)).toLowerCase(Locale.ROOT);
      String value = field.substring(colon + 1).strip();
      switch (name) {
        case "content-length" -> length = Integer.parseInt(value);
        case "x-weir-reason" -> reason = value;
        case "connection" -> closes |= "close".equalsIgnoreCase(value);
        default -> {}
      }
    }
    if (length < 0) {
      close();
      return new Answer.Failed("no Content-Length in: " + status);
    }
    String body = new String(in().readNBytes(length), StandardCharsets.UTF_8);
    if (closes) {
      close();
    }
    if (!status.startsWith("HTTP/1.1 200")) {
      String code = status.substring(Math.min(status.length(), "HTTP/1.1 ".length())).strip();
      return new Answer.Failed(reason.isEmpty() ? code : code + " (" + reason + ")");
    }
    return body.endsWith(suffix + "\n")
        ? new Answer.Served(body.substring(0, body.length() - suffix.length() - 1))
        : new Answer.Failed("unexpected body");
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int b = in().read(); b != '\n'; b = in().read()) {
      if (b < 0) {
        throw new EOFException();
      }
      if (b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }

  private Socket socket() throws IOException {
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

  private InputStream in() throws EOFException {
    if (in == null) {
      throw new EOFException();
    }
    return in;
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
