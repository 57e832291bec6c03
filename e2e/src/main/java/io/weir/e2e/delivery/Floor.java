package io.weir.e2e.delivery;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The least that telling so many peers something and hearing back from each can take: a loop over
 * non-blocking sockets that writes a message to each, and reads an answer from each. A process of
 * its own, on the core that the controller has otherwise.
 */
public final class Floor {
  private static final int BACKLOG = 4096;

  private Floor() {}

  /** Sockets, bytes of a message, bytes of an answer, rounds. Prints ns of each round. */
  public static void main(String[] args) throws IOException {
    int count = Integer.parseInt(args[0]);
    int message = Integer.parseInt(args[1]);
    int answer = Integer.parseInt(args[2]);
    int rounds = Integer.parseInt(args[3]);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (ServerSocketChannel server = ServerSocketChannel.open();
        Selector selector = Selector.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
      System.out.println("ready " + ((InetSocketAddress) server.getLocalAddress()).getPort());
      System.out.flush();
      List<SocketChannel> peers = new ArrayList<>();
      while (peers.size() < count) {
        SocketChannel peer = server.accept();
        peer.socket().setTcpNoDelay(true);
        peer.configureBlocking(false);
        peer.register(selector, SelectionKey.OP_READ, new int[1]);
        peers.add(peer);
      }
      ByteBuffer out = ByteBuffer.allocateDirect(message);
      ByteBuffer buffer = ByteBuffer.allocateDirect(64 << 10);
      for (int round = 0; round < rounds && in.readLine() != null; round++) {
        long start = System.nanoTime();
        for (SocketChannel peer : peers) {
          out.clear();
          while (out.hasRemaining()) {
            peer.write(out);
          }
        }
        int left = count;
        while (left > 0) {
          selector.select();
          for (SelectionKey key : selector.selectedKeys()) {
            buffer.clear();
            int[] had = (int[]) key.attachment();
            had[0] += Math.max(0, ((SocketChannel) key.channel()).read(buffer));
            if (had[0] >= answer) {
              had[0] -= answer;
              left--;
            }
          }
          selector.selectedKeys().clear();
        }
        System.out.println("round " + (System.nanoTime() - start));
        System.out.flush();
      }
    }
  }
}
