package io.weir.agent.l4;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** An endpoint on plain sockets: a thread for each connection. */
final class TcpOrigin implements AutoCloseable {
  /** What it does with a connection, which is closed after. */
  @FunctionalInterface
  interface Behaviour {
    void serve(Socket connection) throws IOException;
  }

  final AtomicInteger connections = new AtomicInteger();

  /** Of behaviours, except for what a connection's end brings. */
  final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ServerSocket server;

  TcpOrigin(Behaviour behaviour) throws IOException {
    server = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(() -> accept(behaviour));
  }

  /** Says back what it hears, and ends when the client has. */
  static void echo(Socket connection) throws IOException {
    connection.getInputStream().transferTo(connection.getOutputStream());
  }

  private void accept(Behaviour behaviour) {
    while (true) {
      Socket connection;
      try {
        connection = server.accept();
      } catch (IOException closed) {
        return;
      }
      connections.incrementAndGet();
      open.add(connection);
      Thread.ofVirtual()
          .start(() -> {
            try (connection) {
              behaviour.serve(connection);
            } catch (IOException | AssertionError failure) {
              failures.add(failure);
            } finally {
              open.remove(connection);
            }
          });
    }
  }

  String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket connection : open) {
      connection.close();
    }
  }
}
