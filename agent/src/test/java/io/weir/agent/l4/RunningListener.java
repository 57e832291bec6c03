package io.weir.agent.l4;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import io.weir.agent.balance.Balancer;
import io.weir.agent.balance.EndpointState;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.balance.Locality;
import io.weir.agent.balance.PickInput;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.balance.Ticket;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Pool;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Listeners on real event loops, with a plain host around them. */
final class RunningListener implements AutoCloseable {
  static final Duration PATIENT = Duration.ofSeconds(30);

  /** What the sockets are made of. */
  enum Transport {
    SPLICE(true, Sockets.Relay.SPLICE),
    COPY(true, Sockets.Relay.COPY),
    NIO(false, Sockets.Relay.COPY);

    final boolean epoll;
    final Sockets.Relay relay;

    Transport(boolean epoll, Sockets.Relay relay) {
      this.epoll = epoll;
      this.relay = relay;
    }
  }

  final EndpointStates states = new EndpointStates();
  final BlockingQueue<FlowRecord> records = new LinkedBlockingQueue<>();
  final int port = freePort();
  private final Vertx vertx;
  private final Sockets sockets;
  private final List<HostLoop> loops = new ArrayList<>();
  private final List<Layer4Listener> open = new ArrayList<>();

  RunningListener(Transport transport) {
    this(transport, 2);
  }

  RunningListener(Transport transport, int loopCount) {
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setPreferNativeTransport(transport.epoll)
                .setEventLoopPoolSize(loopCount));
    VertxInternal internal = (VertxInternal) vertx;
    sockets =
        new Sockets(
            transport.epoll, transport.relay, internal.nameResolver().nettyAddressResolverGroup());
    for (EventExecutor executor : internal.eventLoopGroup()) {
      if (loops.size() < loopCount) {
        loops.add(new PlainLoop((EventLoop) executor));
      }
    }
  }

  /** Below those that the kernel gives to whoever connects, which could take it in between. */
  private static int freePort() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(15_000, 32_000);
      try (ServerSocket tcp = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
          DatagramSocket udp = new DatagramSocket(port, InetAddress.getLoopbackAddress())) {
        return udp.getLocalPort() == tcp.getLocalPort() ? port : -1;
      } catch (IOException taken) {
        // Another one, then.
      }
    }
  }

  private final class PlainLoop implements HostLoop {
    private final EventLoop eventLoop;
    private final Map<String, Balancer> balancers = new HashMap<>();
    private final LoopMetrics metrics = new LoopMetrics();
    private long now = System.nanoTime();

    PlainLoop(EventLoop eventLoop) {
      this.eventLoop = eventLoop;
    }

    @Override
    public EventLoop eventLoop() {
      return eventLoop;
    }

    @Override
    public void readCycle() {
      now = System.nanoTime();
    }

    @Override
    public long now() {
      return now;
    }

    @Override
    public boolean pick(Ticket into, PoolMembers pool, PickInput input, Set<String> tried) {
      return balancers
          .compute(
              pool.pool().name(),
              (_, known) -> {
                if (known == null) {
                  return new Balancer(pool, Locality.NOWHERE, new SplittableRandom());
                }
                if (!known.members().equals(pool)) {
                  known.follow(pool);
                }
                return known;
              })
          .pick(into, input, tried, now());
    }

    @Override
    public LoopMetrics metrics() {
      return metrics;
    }

    @Override
    public Alarm alarm(Runnable rings) {
      return new PlainAlarm(
          eventLoop,
          () -> {
            readCycle();
            rings.run();
          });
    }

    @Override
    public void ended(FlowRecord record) {
      records.add(record);
    }
  }

  private static final class PlainAlarm implements HostLoop.Alarm {
    private final EventLoop loop;
    private final Runnable rings;
    private @Nullable ScheduledFuture<?> set;

    PlainAlarm(EventLoop loop, Runnable rings) {
      this.loop = loop;
      this.rings = rings;
    }

    @Override
    public void set(long at) {
      clear();
      set = loop.schedule(rings, at - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void clear() {
      ScheduledFuture<?> before = set;
      if (before != null) {
        before.cancel(false);
      }
    }
  }

  static Pool pool(int retries, String... addresses) {
    return pool(Duration.ofSeconds(2), retries, addresses);
  }

  static Pool pool(Duration connect, int retries, String... addresses) {
    return new Pool(
        "p",
        Arrays.stream(addresses).map(address -> endpoint(address, false)).toList(),
        new Pool.Balance.RoundRobin(),
        Optional.empty(),
        new Pool.Timeouts(connect, PATIENT, PATIENT),
        retries);
  }

  static Endpoint endpoint(String address, boolean drain) {
    int colon = address.lastIndexOf(':');
    return new Endpoint(
        address,
        address.substring(0, colon),
        Integer.parseInt(address.substring(colon + 1)),
        1,
        0,
        drain);
  }

  Target target(Pool pool, Duration idle) {
    return new Target("l", PoolMembers.of(pool, states), idle.toNanos());
  }

  TcpListener tcp(Pool pool) {
    return tcp(pool, PATIENT);
  }

  TcpListener tcp(Pool pool, Duration idle) {
    return opened(new TcpListener(address(), target(pool, idle), sockets, loops));
  }

  UdpListener udp(Pool pool, Duration idle, int maxFlows) {
    return opened(new UdpListener(address(), target(pool, idle), sockets, loops, maxFlows));
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private <T extends Layer4Listener> T opened(T listener) {
    await(listener.open());
    open.add(listener);
    return listener;
  }

  EndpointState state(String address) {
    return states.of(new EndpointStates.Key("p", address));
  }

  /** The next one. */
  FlowRecord record() {
    try {
      FlowRecord next = records.poll(10, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("no record");
      }
      return next;
    } catch (InterruptedException stop) {
      throw new AssertionError(stop);
    }
  }

  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }

  @Override
  public void close() {
    open.forEach(listener -> await(listener.stop(Duration.ZERO)));
    await(vertx.close());
  }
}
