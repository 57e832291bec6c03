package io.weir.e2e.sim.membership;

import io.weir.agent.membership.MemberState;
import io.weir.agent.membership.Message;
import io.weir.agent.membership.Peer;
import io.weir.agent.membership.Ring;
import io.weir.agent.membership.Settings;
import io.weir.agent.membership.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Many members and the network between them. A member that is paused hears nothing until it wakes
 * up; what came meanwhile waits in a buffer as in a socket's, is then handled a few at a time, and
 * timers that are overdue fire in between, as an event loop does it.
 */
final class Fleet {
  /** Datagrams that wait in a socket's buffer. */
  private static final int BUFFER = 256;

  /** Read before timers have their turn. */
  private static final int BURST = 16;

  private final Settings settings;
  private final Network network;
  private final SplittableRandom random;
  private final Watch watch;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final List<Host> hosts = new ArrayList<>();
  private final boolean[][] cut;
  private long now;
  private long numbers;
  private long datagrams;

  /** Told of everything that a member comes to hold. */
  interface Watch {
    void event(int holder, Step.Event event, long now);
  }

  private record Event(long at, long number, int host, @Nullable Runnable task)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  private record Arrival(Peer from, Message message) {}

  private static final class Host {
    @Nullable Ring ring;
    long process;
    boolean paused;
    long tickAt = Long.MAX_VALUE;
    final ArrayDeque<Arrival> waiting = new ArrayDeque<>();
  }

  Fleet(Settings settings, Network network, int size, long seed, Watch watch) {
    this.settings = settings;
    this.network = network;
    this.random = new SplittableRandom(seed);
    this.watch = watch;
    this.cut = new boolean[size][size];
    for (int i = 0; i < size; i++) {
      hosts.add(new Host());
    }
  }

  static String name(int host) {
    return "agent-" + host;
  }

  static int host(String name) {
    return Integer.parseInt(name, name.indexOf('-') + 1, name.length(), 10);
  }

  private static Peer peer(int host) {
    return new Peer(name(host), Integer.toString(host));
  }

  long now() {
    return now;
  }

  int size() {
    return hosts.size();
  }

  long datagrams() {
    return datagrams;
  }

  boolean up(int host) {
    return hosts.get(host).ring != null;
  }

  boolean paused(int host) {
    return hosts.get(host).paused;
  }

  Ring ring(int host) {
    Ring ring = hosts.get(host).ring;
    if (ring == null) {
      throw new IllegalStateException(name(host) + " is down");
    }
    return ring;
  }

  @Nullable MemberState held(int by, int of) {
    Ring ring = hosts.get(by).ring;
    return ring == null ? null : ring.state(name(of));
  }

  /** A new process, told of some others. */
  void start(int host, int... seeds) {
    Host h = hosts.get(host);
    h.process++;
    h.paused = false;
    h.waiting.clear();
    Ring ring = new Ring(settings, peer(host), 1 + now / 1_000_000, random.split(), now);
    h.ring = ring;
    List<Peer> peers = new ArrayList<>();
    for (int seed : seeds) {
      peers.add(peer(seed));
    }
    ring.seeds(peers, now);
    done(host, h, ring.tick(now));
  }

  void crash(int host) {
    Host h = hosts.get(host);
    h.ring = null;
    h.process++;
    h.waiting.clear();
  }

  void leave(int host) {
    Host h = hosts.get(host);
    done(host, h, ring(host).leave());
    crash(host);
  }

  void pause(int host, long nanos) {
    Host h = hosts.get(host);
    long process = h.process;
    h.paused = true;
    at(
        now + nanos,
        () -> {
          if (h.process == process) {
            wake(host, h);
          }
        });
  }

  /** One way only. */
  void cut(int from, int to, boolean on) {
    cut[from][to] = on;
  }

  void at(long time, Runnable task) {
    events.add(new Event(time, numbers++, -1, task));
  }

  void runUntil(long time) {
    while (!events.isEmpty() && events.element().at <= time) {
      Event event = events.remove();
      now = event.at;
      if (event.task != null) {
        event.task.run();
      } else {
        tick(event.host, event.at);
      }
    }
    now = time;
  }

  private void tick(int host, long at) {
    Host h = hosts.get(host);
    Ring ring = h.ring;
    if (ring != null && !h.paused && h.tickAt == at) {
      h.tickAt = Long.MAX_VALUE;
      done(host, h, ring.tick(now));
    }
  }

  private void wake(int host, Host h) {
    h.paused = false;
    Ring ring = h.ring;
    while (ring != null && !h.waiting.isEmpty()) {
      for (int i = 0; i < BURST && !h.waiting.isEmpty(); i++) {
        Arrival arrival = h.waiting.remove();
        done(host, h, ring.receive(arrival.from, arrival.message, now));
      }
      if (ring.nextDue() <= now) {
        done(host, h, ring.tick(now));
      }
    }
    if (ring != null && ring.nextDue() <= now) {
      done(host, h, ring.tick(now));
    }
  }

  private void arrive(int host, long process, Arrival arrival) {
    Host h = hosts.get(host);
    Ring ring = h.ring;
    if (ring == null || h.process != process) {
      return;
    }
    if (!h.paused) {
      done(host, h, ring.receive(arrival.from, arrival.message, now));
    } else if (h.waiting.size() < BUFFER) {
      h.waiting.add(arrival);
    }
  }

  private void done(int host, Host h, Step step) {
    for (Step.Event event : step.events()) {
      watch.event(host, event, now);
    }
    for (Step.Outgoing outgoing : step.send()) {
      send(host, outgoing);
    }
    Ring ring = h.ring;
    if (ring != null) {
      long due = Math.max(ring.nextDue(), now);
      if (due < h.tickAt || h.tickAt < now) {
        h.tickAt = due;
        events.add(new Event(due, numbers++, host, null));
      }
    }
  }

  private void send(int from, Step.Outgoing outgoing) {
    int to = Integer.parseInt(outgoing.to().address());
    boolean reliable = outgoing.message() instanceof Message.State;
    datagrams += reliable ? 0 : 1;
    if (cut[from][to] || (reliable && cut[to][from])) {
      return;
    }
    int copies = 1;
    if (!reliable) {
      copies = random.nextDouble() < network.loss() ? 0 : 1;
      copies += random.nextDouble() < network.duplication() ? 1 : 0;
    }
    long process = hosts.get(to).process;
    Arrival arrival = new Arrival(peer(from), outgoing.message());
    for (int i = 0; i < copies; i++) {
      // A connection takes a handshake first.
      long delay = delay() + (reliable ? delay() + delay() : 0);
      at(now + delay, () -> arrive(to, process, arrival));
    }
  }

  private long delay() {
    return network.leastDelay() + (long) (-Math.log(1 - random.nextDouble()) * network.meanDelay());
  }
}
