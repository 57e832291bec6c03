package io.weir.e2e.delivery;

import com.google.protobuf.CodedInputStream;
import io.weir.v1.Ack;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Delta;
import io.weir.v1.Hello;
import io.weir.v1.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Agents without a data plane: each says hello, acks at once whatever it is sent, holds the
 * controller to what it may send (a delta on exactly what the agent has, a revision that does not
 * go back), and comes back as real ones do when its stream ends. All in one thread of their own.
 */
public final class LightFleet implements AutoCloseable {
  private static final String PATH = "/weir.v1.FleetService/Connect";
  private static final int SHARED = 4 << 20;
  private static final long FIRST_PAUSE = 100_000_000L;
  private static final long MOST_PAUSE = 5_000_000_000L;

  /** Opened together, so that the queue of connections to be accepted does not overflow. */
  private static final int AT_ONCE = 200;

  private final InetSocketAddress controller;
  private final String cluster;
  private final List<LightAgent> agents = new ArrayList<>();
  private final int[] failures;
  private final Selector selector;
  private final Thread thread;
  private final Random random;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final PriorityQueue<Due> due = new PriorityQueue<>();
  private final ByteBuffer shared = ByteBuffer.allocateDirect(SHARED);
  private final byte[] opening;

  // Written by the thread, read by any.
  private final AtomicInteger welcomed = new AtomicInteger();
  private final AtomicLong snapshots = new AtomicLong();
  private final AtomicLong deltas = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong faults = new AtomicLong();
  private final AtomicLong hellos = new AtomicLong();
  private volatile long target = Long.MAX_VALUE;
  private final AtomicInteger there = new AtomicInteger();
  private volatile boolean closed;
  private volatile String fault = "";

  private int underway;

  private record Due(long at, LightAgent agent) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      return Long.compare(at, other.at);
    }
  }

  /**
   * @param prefix of their names
   * @param zones their labels, in turns
   * @param seed of pauses
   */
  public LightFleet(
      InetSocketAddress controller,
      String cluster,
      String prefix,
      int count,
      List<String> zones,
      long seed) {
    this.controller = controller;
    this.cluster = cluster;
    this.random = new Random(seed);
    this.failures = new int[count];
    this.opening = Frames.opening(controller.getHostString() + ":" + controller.getPort(), PATH);
    for (int i = 0; i < count; i++) {
      agents.add(new LightAgent(i, prefix + i, zones.get(i % zones.size())));
    }
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread = Thread.ofPlatform().name("light-fleet").daemon().start(this::run);
    agents.forEach(agent -> tasks.add(() -> later(agent, 0)));
    selector.wakeup();
  }

  /** Streams that have been welcomed and not ended. */
  public int welcomed() {
    return welcomed.get();
  }

  /** Snapshots that came so far. */
  public long snapshots() {
    return snapshots.get();
  }

  public long deltas() {
    return deltas.get();
  }

  /** Of gRPC messages with configuration. */
  public long bytes() {
    return bytes.get();
  }

  public long hellos() {
    return hellos.get();
  }

  /** What a controller must not send, of which the last is {@link #fault}; 0: never. */
  public long faults() {
    return faults.get();
  }

  public String fault() {
    return fault;
  }

  /** How many have acked {@code revision} or a later one, from now on. */
  public int at(long revision) {
    if (target != revision) {
      target = revision;
      tasks.add(() ->
          there.set((int) agents.stream().filter(agent -> agent.revision >= revision).count()));
      selector.wakeup();
      return 0;
    }
    return there.get();
  }

  /** The agent stops reading, or goes on. */
  public void reading(int agent, boolean on) {
    tasks.add(() -> {
      LightAgent one = agents.get(agent);
      one.reading = on;
      SelectionKey key = one.socket == null ? null : one.socket.keyFor(selector);
      if (key != null && key.isValid() && on) {
        key.interestOps(SelectionKey.OP_READ);
      }
    });
    selector.wakeup();
  }

  private void run() {
    while (!closed) {
      try {
        long wait = due.isEmpty() ? 1_000 : (due.element().at() - System.nanoTime()) / 1_000_000;
        if (wait <= 0) {
          selector.selectNow();
        } else {
          selector.select(wait);
        }
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
        }
        selector.selectedKeys().forEach(this::serve);
        selector.selectedKeys().clear();
        open();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    agents.forEach(LightAgent::close);
  }

  private void open() {
    long now = System.nanoTime();
    while (!due.isEmpty() && due.element().at() <= now && underway < AT_ONCE) {
      LightAgent agent = due.remove().agent();
      try {
        agent.open(controller);
        underway++;
        if (agent.socket != null) {
          agent.socket.register(selector, SelectionKey.OP_CONNECT, agent);
        }
      } catch (IOException e) {
        lost(agent);
      }
    }
  }

  private void serve(SelectionKey key) {
    LightAgent agent = (LightAgent) key.attachment();
    try {
      if (key.isConnectable()) {
        underway--;
        if (agent.socket != null && agent.socket.finishConnect()) {
          key.interestOps(SelectionKey.OP_READ);
          agent.write(opening);
          agent.write(Frames.message(hello(agent)));
          hellos.incrementAndGet();
        }
        return;
      }
      if (key.isWritable() && agent.flush()) {
        key.interestOps(SelectionKey.OP_READ);
      }
      if (key.isReadable()) {
        if (!agent.reading) {
          key.interestOps(0);
          return;
        }
        agent.read(shared, this::take);
        if (!agent.flush()) {
          key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        }
      }
    } catch (IOException | CancelledKeyException e) {
      lost(agent);
    }
  }

  private void lost(LightAgent agent) {
    if (agent.welcomed) {
      agent.welcomed = false;
      welcomed.decrementAndGet();
    }
    agent.close();
    int tried = failures[agent.number]++;
    later(agent, random.nextLong(Math.min(FIRST_PAUSE << Math.min(tried, 20), MOST_PAUSE) + 1));
  }

  private void later(LightAgent agent, long pause) {
    due.add(new Due(System.nanoTime() + pause, agent));
  }

  private byte[] hello(LightAgent agent) {
    return AgentMessage.newBuilder()
        .setHello(
            Hello.newBuilder()
                .setCluster(cluster)
                .setAgent(agent.name)
                .setInstance(agent.name)
                .setVersion("light")
                .putLabels("zone", agent.zone)
                .setEpoch(agent.epoch)
                .setRevision(agent.revision)
                .setScope(agent.scope))
        .build()
        .toByteArray();
  }

  private void take(LightAgent agent, ByteBuffer message) throws IOException {
    int size = message.remaining();
    ControllerMessage parsed = ControllerMessage.parseFrom(CodedInputStream.newInstance(message));
    switch (parsed.getMessageCase()) {
      case WELCOME -> {
        if (!agent.welcomed) {
          agent.welcomed = true;
          failures[agent.number] = 0;
          welcomed.incrementAndGet();
        }
      }
      case SNAPSHOT -> {
        Snapshot snapshot = parsed.getSnapshot();
        snapshots.incrementAndGet();
        bytes.addAndGet(size);
        runs(agent, snapshot.getEpoch(), snapshot.getTerm(), snapshot.getRevision());
        agent.scope = snapshot.getScope();
      }
      case DELTA -> {
        Delta delta = parsed.getDelta();
        deltas.incrementAndGet();
        bytes.addAndGet(size);
        if (delta.getBaseRevision() != agent.revision
            || !delta.getEpoch().equals(agent.epoch)
            || !delta.getScope().equals(agent.scope)) {
          fault(
              "%s runs %d and was sent a delta on %d"
                  .formatted(agent.name, agent.revision, delta.getBaseRevision()));
        }
        runs(agent, delta.getEpoch(), delta.getTerm(), delta.getRevision());
      }
      case ASSIGNMENT, VERDICTS, VERIFY, GOSSIP, MESSAGE_NOT_SET -> {}
    }
  }

  private void runs(LightAgent agent, String epoch, long term, long revision) throws IOException {
    if (epoch.equals(agent.epoch) && revision < agent.revision) {
      fault("%s went from %d back to %d".formatted(agent.name, agent.revision, revision));
    }
    boolean arrives = agent.revision < target && revision >= target;
    agent.epoch = epoch;
    agent.revision = revision;
    agent.write(
        Frames.message(
            AgentMessage.newBuilder()
                .setAck(Ack.newBuilder().setEpoch(epoch).setTerm(term).setRevision(revision))
                .build()
                .toByteArray()));
    if (arrives) {
      there.incrementAndGet();
    }
  }

  private void fault(String what) {
    fault = what;
    faults.incrementAndGet();
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      thread.join();
      selector.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
