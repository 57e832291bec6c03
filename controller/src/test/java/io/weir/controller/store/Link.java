package io.weir.controller.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to a server that can be cut: while it is, connections are closed as soon as they open. */
final class Link implements AutoCloseable {
  private final URI target;
  private final ServerSocket entry;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  Link(URI target) throws IOException {
    this.target = target;
    this.entry = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + entry.getLocalPort());
  }

  void cut() {
    cut = true;
    open.forEach(Link::shut);
  }

  void mend() {
    cut = false;
  }

  private void accept() {
    while (!entry.isClosed()) {
      try {
        Socket in = entry.accept();
        Socket out = new Socket(target.getHost(), target.getPort());
        open.add(in);
        open.add(out);
        if (cut) {
          shut(in);
          shut(out);
        }
        Thread.ofVirtual().start(() -> copy(in, out));
        Thread.ofVirtual().start(() -> copy(out, in));
      } catch (IOException e) {
        // Closed, or the target is away: the next one may fare better.
      }
    }
  }

  private void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // Ends below as at the end of the stream.
    } finally {
      shut(from);
      shut(to);
      open.remove(from);
      open.remove(to);
    }
  }

  private static void shut(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    entry.close();
    cut();
  }
}
