package io.weir.e2e.sim.balance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The servers of a scenario in real time: each listens on a port of loopback and answers a {@code
 * GET /NANOSECONDS} once it would have done that much work. Nothing is really worked on, so that
 * dozens of cores fit into one thread.
 */
public final class EmulatedEndpoints implements AutoCloseable {
  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final Scenario scenario;
  private final Selector selector;
  private final List<ServerSocketChannel> listeners = new ArrayList<>();
  private final Thread thread;
  private volatile Turn latest;
  private volatile boolean closed;

  /** From one start of the stalls to the next. */
  private static final class Turn {
    final Farm farm;
    final long origin;

    /** Who is to be answered, by the number of the request; a number is used once. */
    final List<SocketChannel> waiting = new ArrayList<>();

    Turn(Farm farm, long origin) {
      this.farm = farm;
      this.origin = origin;
    }
  }

  /** What has come on one connection of a server. */
  private static final class Incoming {
    final int server;
    final ByteBuffer head = ByteBuffer.allocate(8192);

    Incoming(int server) {
      this.server = server;
    }
  }

  /** Listens at once. */
  public EmulatedEndpoints(Scenario scenario) {
    this.scenario = scenario;
    latest = turn(0);
    try {
      selector = Selector.open();
      for (int server = 0; server < scenario.servers(); server++) {
        ServerSocketChannel listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        listener.configureBlocking(false);
        listener.register(selector, SelectionKey.OP_ACCEPT, server);
        listeners.add(listener);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread = Thread.ofPlatform().name("endpoints").daemon().start(this::run);
  }

  /** In the order of the servers. */
  public List<Integer> ports() {
    return listeners.stream().map(listener -> listener.socket().getLocalPort()).toList();
  }

  /** Empty servers, whose stalls begin again with the seed's phases. No request is under way. */
  public void restart(long seed) {
    latest = turn(seed);
    selector.wakeup();
  }

  private Turn turn(long seed) {
    List<Pace> paces = scenario.paces(new SplittableRandom(seed));
    return new Turn(Farm.of(scenario.discipline(), paces, scenario.cores()), System.nanoTime());
  }

  private void run() {
    try {
      while (!closed) {
        Turn turn = latest;
        long now = System.nanoTime() - turn.origin;
        while (turn.farm.nextDone() <= now) {
          answer(turn.waiting.get(turn.farm.finish()));
        }
        Wakeful.select(selector, turn.farm.nextDone() - now);
        for (SelectionKey key : selector.selectedKeys()) {
          if (key.isAcceptable()) {
            accept(key);
          } else {
            read(key, turn);
          }
        }
        selector.selectedKeys().clear();
      }
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept(SelectionKey key) throws IOException {
    SocketChannel channel = ((ServerSocketChannel) key.channel()).accept();
    if (channel != null) {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.register(selector, SelectionKey.OP_READ, new Incoming((Integer) key.attachment()));
    }
  }

  private static void read(SelectionKey key, Turn turn) throws IOException {
    SocketChannel channel = (SocketChannel) key.channel();
    Incoming incoming = (Incoming) key.attachment();
    int count;
    try {
      count = channel.read(incoming.head);
    } catch (IOException e) {
      count = -1; // Reset: the same as closed.
    }
    if (count < 0) {
      channel.close();
      return;
    }
    String head =
        new String(incoming.head.array(), 0, incoming.head.position(), StandardCharsets.US_ASCII);
    if (head.endsWith("\r\n\r\n")) {
      incoming.head.clear();
      int request = turn.waiting.size();
      turn.waiting.add(channel);
      long now = System.nanoTime() - turn.origin;
      turn.farm.arrive(request, incoming.server, work(head), Math.max(0, now));
    }
  }

  private static double work(String head) {
    int path = head.indexOf('/') + 1;
    return Double.parseDouble(head.substring(path, head.indexOf(' ', path)));
  }

  private static void answer(SocketChannel channel) {
    try {
      // A few bytes: the socket's buffer is empty and takes them all.
      channel.write(ByteBuffer.wrap(ANSWER));
    } catch (IOException e) {
      // Whoever asked has gone.
    }
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
