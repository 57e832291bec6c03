package io.weir.agent.proxy;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An origin on plain sockets: every connection is given to a script, on a thread of its own. */
final class Origin implements Closeable {
  private final ServerSocket server;
  private final Script script;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  final AtomicInteger connections = new AtomicInteger();

  /** Heads of requests, in the order they came. */
  final Queue<Head> heads = new ConcurrentLinkedQueue<>();

  interface Script {
    /** Returning closes the connection. */
    void serve(Connection connection) throws IOException;
  }

  interface Answer {
    void to(Head head, Connection connection) throws IOException;
  }

  Origin(Script script) throws IOException {
    this(script, 0);
  }

  Origin(Script script, int port) throws IOException {
    this.script = script;
    server = new ServerSocket(port, 1024, InetAddress.getLoopbackAddress());
    var _ = Thread.ofVirtual().start(this::accept);
  }

  /** Answers every request of a connection, having read its body. */
  static Script each(Answer answer) {
    return connection -> {
      for (Head head = connection.head(); head != null; head = connection.head()) {
        connection.skipBody(head);
        answer.to(head, connection);
      }
    };
  }

  /** Answers with {@code name} as the body. */
  static Script named(String name) {
    return each((head, connection) ->
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + name.length() + "\r\n\r\n" + name));
  }

  int port() {
    return server.getLocalPort();
  }

  String address() {
    return "127.0.0.1:" + port();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        open.add(socket);
        connections.incrementAndGet();
        var _ = Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      script.serve(new Connection(socket, heads));
    } catch (IOException gone) {
      // The proxy may close whenever it likes.
    } finally {
      open.remove(socket);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  record Head(String line, List<String> fields) {
    /** Values of a field, in their order. */
    List<String> all(String name) {
      String prefix = name.toLowerCase(Locale.ROOT) + ":";
      return fields.stream()
          .filter(field -> field.toLowerCase(Locale.ROOT).startsWith(prefix))
          .map(field -> field.substring(prefix.length()).strip())
          .toList();
    }

    String one(String name) {
      List<String> all = all(name);
      return all.size() == 1 ? all.getFirst() : all.toString();
    }
  }

  /** Either end of an HTTP/1.1 connection, byte by byte. */
  static final class Connection implements Closeable {
    final Socket socket;
    final InputStream in;
    final OutputStream out;
    private final Queue<Head> heads;

    /** Of all bodies. */
    final List<String> trailers = new ArrayList<>();

    Connection(Socket socket, Queue<Head> heads) throws IOException {
      this.socket = socket;
      this.heads = heads;
      in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
      out = socket.getOutputStream();
    }

    static Connection to(int port) throws IOException {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(20_000);
      return new Connection(socket, new ConcurrentLinkedQueue<>());
    }

    Connection send(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      return this;
    }

    /** Null at a clean end. */
    @Nullable Head head() throws IOException {
      String first = line();
      if (first == null) {
        return null;
      }
      List<String> fields = new ArrayList<>();
      for (String line = line(); line == null || !line.isEmpty(); line = line()) {
        if (line == null) {
          throw new EOFException("within a head");
        }
        fields.add(line);
      }
      Head head = new Head(first, fields);
      heads.add(head);
      return head;
    }

    private @Nullable String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int b = in.read(); b != '\n'; b = in.read()) {
        if (b < 0) {
          if (line.isEmpty()) {
            return null;
          }
          throw new EOFException("within a line");
        }
        line.append((char) b);
      }
      return line.substring(0, Math.max(0, line.length() - 1));
    }

    /** By its framing; without any the rest of the connection when {@code untilClose}. */
    String body(Head head, boolean untilClose) throws IOException {
      StringBuilder body = new StringBuilder();
      if (!head.all("transfer-encoding").isEmpty()) {
        while (true) {
          String size = line();
          if (size == null) {
            throw new EOFException("within a chunked body");
          }
          int length = Integer.parseInt(size.replaceFirst(";.*", ""), 16);
          if (length == 0) {
            for (String trailer = line(); trailer == null || !trailer.isEmpty(); trailer = line()) {
              if (trailer == null) {
                throw new EOFException("within trailers");
              }
              trailers.add(trailer);
            }
            return body.toString();
          }
          body.append(exactly(length));
          line();
        }
      }
      if (!head.all("content-length").isEmpty()) {
        return exactly(Integer.parseInt(head.one("content-length")));
      }
      return untilClose ? new String(in.readAllBytes(), StandardCharsets.ISO_8859_1) : "";
    }

    private String exactly(int length) throws IOException {
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new EOFException("within a body");
      }
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    void skipBody(Head request) throws IOException {
      body(request, false);
    }

    /** All until the other side closes; a reset counts as a close. */
    String rest() throws IOException {
      StringBuilder text = new StringBuilder();
      try {
        for (int b = in.read(); b >= 0; b = in.read()) {
          text.append((char) b);
        }
      } catch (SocketException reset) {
        text.append("<reset>");
      }
      return text.toString();
    }

    /** Closes so that the other side sees a reset. */
    void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
