package io.weir.e2e.delivery;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** The other ends of {@link Floor}: each answers whatever comes, in one thread. */
public final class FloorPeers implements AutoCloseable {
  private final Thread thread;
  private volatile boolean closed;

  /**
   * @param message bytes, of which each is answered
   * @param answer bytes
   */
  public FloorPeers(InetSocketAddress floor, int count, int message, int answer) {
    thread =
        Thread.ofPlatform()
            .name("floor-peers")
            .daemon()
            .start(() -> {
              try {
                run(floor, count, message, answer);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  private void run(InetSocketAddress floor, int count, int message, int answer) throws IOException {
    try (Selector selector = Selector.open()) {
      for (int i = 0; i < count; i++) {
        SocketChannel socket = SocketChannel.open(floor);
        socket.socket().setTcpNoDelay(true);
        socket.configureBlocking(false);
        socket.register(selector, SelectionKey.OP_READ, new int[1]);
      }
      ByteBuffer in = ByteBuffer.allocateDirect(64 << 10);
      ByteBuffer out = ByteBuffer.allocateDirect(answer);
      while (!closed) {
        selector.select(100);
        for (SelectionKey key : selector.selectedKeys()) {
          SocketChannel socket = (SocketChannel) key.channel();
          in.clear();
          int[] had = (int[]) key.attachment();
          int read = socket.read(in);
          if (read < 0) {
            key.cancel();
            socket.close();
            continue;
          }
          had[0] += read;
          if (had[0] >= message) {
            had[0] -= message;
            out.clear();
            while (out.hasRemaining()) {
              socket.write(out);
            }
          }
        }
        selector.selectedKeys().clear();
      }
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
