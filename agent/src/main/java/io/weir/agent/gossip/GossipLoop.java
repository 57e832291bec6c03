package io.weir.agent.gossip;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Selector;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread that reads and writes datagrams, runs timers and everything of the ring. */
final class GossipLoop {
  private static final Logger log = LoggerFactory.getLogger(GossipLoop.class);

  /** Read before timers have their turn. */
  private static final int BURST = 64;

  private static final int MAX_DATAGRAM = 65_536;

  private final DatagramChannel channel;
  private final Selector selector;
  private final Handler handler;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile boolean closing;

  /** On the loop's thread. */
  interface Handler {
    /** {@code bytes} is the loop's. */
    void datagram(InetSocketAddress from, ByteBuffer bytes);

    /** By {@link System#nanoTime}. */
    long nextDue();

    void tick();
  }

  GossipLoop(GossipSocket socket, Handler handler) {
    this.channel = socket.datagrams();
    this.selector = socket.selector();
    this.handler = handler;
    this.thread = Thread.ofPlatform().name("weir-gossip").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Any thread. */
  void execute(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  /** A datagram that cannot be sent now is lost, as any may be. */
  void send(InetSocketAddress to, byte[] bytes) {
    try {
      int _ = channel.send(ByteBuffer.wrap(bytes), to);
    } catch (IOException | RuntimeException e) {
      log.atTrace().addKeyValue("to", to).setCause(e).log("cannot send a datagram");
    }
  }

  /** After the tasks that are waiting. */
  void close(long timeoutMillis) {
    closing = true;
    selector.wakeup();
    try {
      thread.join(timeoutMillis);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_DATAGRAM);
    while (!closing && channel.isOpen()) {
      try {
        long wait = handler.nextDue() - System.nanoTime();
        if (wait > 0 && tasks.isEmpty()) {
          // Up, as a millisecond too early would be a turn for nothing.
          selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(wait + 999_999)));
        } else {
          selector.selectNow();
        }
        selector.selectedKeys().clear();
        read(buffer);
      } catch (IOException e) {
        log.atDebug().setCause(e).log("cannot read a datagram");
      } catch (RuntimeException e) {
        log.atError().setCause(e).log("a packet among agents was not handled");
      }
      guarded(this::runTasks);
      if (handler.nextDue() <= System.nanoTime()) {
        guarded(handler::tick);
      }
    }
    guarded(this::runTasks);
  }

  private void read(ByteBuffer buffer) throws IOException {
    for (int i = 0; i < BURST; i++) {
      buffer.clear();
      if (!(channel.receive(buffer) instanceof InetSocketAddress from)) {
        return;
      }
      handler.datagram(from, buffer.flip());
    }
  }

  private void runTasks() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  private static void guarded(Runnable part) {
    try {
      part.run();
    } catch (RuntimeException bug) {
      log.atError().setCause(bug).log("the ring of agents failed at something");
    }
  }
}
