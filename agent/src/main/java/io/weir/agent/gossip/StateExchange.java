package io.weir.agent.gossip;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Large packets over TCP: one to the other side, and at most one back on the same connection. Each
 * connection has a virtual thread, all of its time is bounded, and so are their number and the size
 * of what they carry.
 */
final class StateExchange {
  /** Bytes of one packet that others send of their own accord. */
  static final int MOST = 4 << 20;

  /** Bytes of one packet that was asked for: of a snapshot as large as any. */
  static final int MOST_ASKED = 64 << 20;

  private static final Logger log = LoggerFactory.getLogger(StateExchange.class);
  private static final int CONNECTIONS = 16;

  /** Of them from one address, so that a slow one leaves room for others. */
  static final int CONNECTIONS_PER_ADDRESS = 8;

  private static final int TIMEOUT_MILLIS = 5_000;
  private static final int CONNECT_MILLIS = 2_000;

  private final ServerSocket server;
  private final Receiver receiver;
  private final Semaphore in = new Semaphore(CONNECTIONS);
  private final Map<InetAddress, Integer> perAddress = new ConcurrentHashMap<>();
  private final Semaphore out = new Semaphore(CONNECTIONS);

  /** On the connection's thread. */
  interface Receiver {
    /**
     * @param answer to be completed with what goes back
     */
    void received(
        InetSocketAddress from, byte[] packet, CompletableFuture<Optional<byte[]>> answer);

    void oversized();
  }

  StateExchange(ServerSocket server, Receiver receiver) {
    this.server = server;
    this.receiver = receiver;
  }

  void start() {
    Thread.ofVirtual().name("weir-gossip-accept").start(this::accept);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        if (!enter(socket.getInetAddress())) {
          socket.close();
          continue;
        }
        Thread.ofVirtual()
            .name("weir-gossip-in")
            .start(() -> {
              try {
                serve(socket);
              } finally {
                leave(socket.getInetAddress());
              }
            });
      } catch (IOException e) {
        log.atTrace().setCause(e).log("accepting of state ended or failed");
      }
    }
  }

  private boolean enter(InetAddress from) {
    if (!in.tryAcquire()) {
      return false;
    }
    if (perAddress.merge(from, 1, Integer::sum) > CONNECTIONS_PER_ADDRESS) {
      leave(from);
      return false;
    }
    return true;
  }

  private void leave(InetAddress from) {
    perAddress.computeIfPresent(from, (_, count) -> count == 1 ? null : count - 1);
    in.release();
  }

  private void serve(Socket socket) {
    long deadline = deadline();
    try (socket) {
      CompletableFuture<Optional<byte[]>> answer = new CompletableFuture<>();
      receiver.received(
          (InetSocketAddress) socket.getRemoteSocketAddress(),
          read(socket, deadline, MOST),
          answer);
      Optional<byte[]> back = answer.get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
      if (back.isPresent()) {
        write(socket, back.get());
      }
    } catch (IOException | ExecutionException | TimeoutException e) {
      log.atTrace().setCause(e).log("an exchange of state failed");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Sends, and reads what comes back, if anything. Any thread; does not block.
   *
   * @param most bytes of what comes back
   */
  void send(InetSocketAddress to, byte[] packet, int most) {
    if (!out.tryAcquire()) {
      return;
    }
    Thread.ofVirtual()
        .name("weir-gossip-out")
        .start(() -> {
          try (Socket socket = new Socket()) {
            socket.connect(to, CONNECT_MILLIS);
            write(socket, packet);
            socket.shutdownOutput();
            receiver.received(to, read(socket, deadline(), most), new CompletableFuture<>());
          } catch (IOException e) {
            log.atTrace().addKeyValue("to", to).setCause(e).log("an exchange of state failed");
          } finally {
            out.release();
          }
        });
  }

  private static long deadline() {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MILLIS);
  }

  private static void write(Socket socket, byte[] packet) throws IOException {
    DataOutputStream stream = new DataOutputStream(socket.getOutputStream());
    stream.writeInt(packet.length);
    stream.write(packet);
    stream.flush();
  }

  private byte[] read(Socket socket, long deadline, int most) throws IOException {
    DataInputStream stream = new DataInputStream(socket.getInputStream());
    socket.setSoTimeout(TIMEOUT_MILLIS);
    int length = stream.readInt();
    if (length < 0 || length > most) {
      receiver.oversized();
      throw new IOException("a packet of " + length + " bytes");
    }
    // Grows with what really comes, as the length is anybody's claim.
    byte[] packet = new byte[Math.min(length, 1 << 16)];
    int have = 0;
    while (have < length) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        throw new IOException("too slow");
      }
      socket.setSoTimeout((int) left);
      if (have == packet.length) {
        packet = java.util.Arrays.copyOf(packet, Math.min(length, 2 * have));
      }
      int n = stream.read(packet, have, packet.length - have);
      if (n < 0) {
        throw new EOFException("cut short");
      }
      have += n;
    }
    return packet;
  }
}
