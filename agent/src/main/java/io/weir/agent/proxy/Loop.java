package io.weir.agent.proxy;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.weir.agent.accesslog.AccessLog;
import io.weir.agent.accesslog.AccessRing;
import io.weir.agent.balance.Explanation;
import io.weir.agent.balance.Locality;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.http1.HeadLimits;
import io.weir.agent.http1.HeadParser;
import io.weir.agent.http1.HeadWriter;
import io.weir.agent.http1.RequestTarget;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.agent.route.RouteKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of one event loop share: parsers and scratch space that live for one call,
 * balancers, upstream connections, deadlines. Confined to that loop.
 */
final class Loop {
  /** A connection that clients opened. */
  interface Client {
    HttpListener listener();

    /** No new work comes: to be closed when idle, otherwise after what it is at. */
    void drain();

    void closeNow();
  }

  private static final long TICK_MILLIS = 50;

  private final EventLoop eventLoop;
  private final Bootstrap upstreamBootstrap;
  private final @Nullable AccessRing log;
  private final InstantSource clock;
  private final Locality locality;
  private final RandomGenerator random = new SplittableRandom();
  private final LoopMetrics metrics = new LoopMetrics();
  private final Map<HeadLimits, HeadParser> requests = new HashMap<>();
  private final HeadParser responses = new HeadParser(HeadLimits.LARGEST);
  private final RequestTarget target = new RequestTarget();
  private final RouteKey key = new RouteKey();
  private final HeadWriter writer = new HeadWriter();

  /** Room to see that a head is too large. */
  private final byte[] scratch = new byte[HeadLimits.MOST_HEAD + 8];

  private final DeadlineWheel wheel;
  private final Map<String, LoopPool> pools = new HashMap<>();
  private final Set<Client> clients = new LinkedHashSet<>();
  private volatile int connections;
  private final ScheduledFuture<?> ticks;
  private long now = System.nanoTime();

  /** From the monotonic clock to the time of day, which may be set. */
  private long epochOffset;

  Loop(
      EventLoop eventLoop,
      Bootstrap upstreamBootstrap,
      AccessLog log,
      InstantSource clock,
      Locality locality) {
    this.eventLoop = eventLoop;
    this.upstreamBootstrap = upstreamBootstrap;
    this.log = log.ring().orElse(null);
    this.clock = clock;
    this.locality = locality;
    epochOffset = epochOffset();
    wheel = new DeadlineWheel(TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS), now);
    ticks =
        eventLoop.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  Bootstrap upstreamBootstrap() {
    return upstreamBootstrap.clone(eventLoop);
  }

  HeadParser requests(HeadLimits limits) {
    return requests.computeIfAbsent(limits, HeadParser::new);
  }

  HeadParser responses() {
    return responses;
  }

  RequestTarget target() {
    return target;
  }

  HeadWriter writer() {
    return writer;
  }

  byte[] scratch() {
    return scratch;
  }

  DeadlineWheel wheel() {
    return wheel;
  }

  Locality locality() {
    return locality;
  }

  RandomGenerator random() {
    return random;
  }

  /** Something is being read: what happens from here on happens now. */
  void readCycle() {
    now = System.nanoTime();
  }

  /** As of the last {@link #readCycle}, System.nanoTime. */
  long now() {
    return now;
  }

  private long epochOffset() {
    Instant time = clock.instant();
    return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano() - System.nanoTime();
  }

  private void tick() {
    readCycle();
    epochOffset = epochOffset();
    wheel.advance(now);
    pools.values().forEach(pool -> pool.expireIdle(now));
  }

  ByteBuf copy(byte[] bytes, int length) {
    return PooledByteBufAllocator.DEFAULT.directBuffer(length).writeBytes(bytes, 0, length);
  }

  /** What the request is routed by; false: it must not be. Valid until the next call. */
  boolean readKey(byte[] b, HeadParser head) {
    int host = head.host();
    int hostFrom =
        target.absolute() ? target.authorityStart() : host < 0 ? 0 : head.valueStart(host);
    int hostTo = target.absolute() ? target.authorityEnd() : host < 0 ? 0 : head.valueEnd(host);
    return key.read(b, hostFrom, hostTo, target.originStart(), target.pathEnd());
  }

  RouteKey key() {
    return key;
  }

  /** Of a snapshot that may be older than what this loop already has. */
  @SuppressWarnings("ReferenceEquality") // of one snapshot, or not
  LoopPool pool(PoolMembers members) {
    LoopPool known = pools.get(members.pool().name());
    if (known == null) {
      known = new LoopPool(this, members);
      pools.put(members.pool().name(), known);
    } else if (known.members() != members) {
      known.follow(members);
    }
    return known;
  }

  /** The next pick of the pool is explained. From any thread. */
  void explainNext(PoolMembers members, Consumer<Explanation> to) {
    eventLoop.execute(() -> pool(members).explainNext(to));
  }

  /** Forgets what no pool of the snapshot needs. From any thread. */
  void retain(Set<String> names) {
    eventLoop.execute(() ->
        pools
            .entrySet()
            .removeIf(entry -> {
              boolean gone = !names.contains(entry.getKey());
              if (gone) {
                entry.getValue().retire();
              }
              return gone;
            }));
  }

  /** Nothing more is served. From any thread. */
  void close() {
    eventLoop.execute(() -> {
      ticks.cancel(false);
      pools.values().forEach(LoopPool::retire);
      pools.clear();
    });
  }

  /** Clients now; from any thread. */
  int connections() {
    return connections;
  }

  void add(Client client) {
    clients.add(client);
    connections = clients.size();
  }

  void remove(Client client) {
    clients.remove(client);
    connections = clients.size();
  }

  /**
   * Ends the listener's connections, each with the request it is at; those that take longer than
   * {@code time} at once. From any thread; completes when none is left.
   */
  Future<Void> drained(HttpListener listener, Duration time) {
    Promise<Void> done = Promise.promise();
    eventLoop.execute(() -> {
      metrics.listener(listener.serving().listener().name()).retire();
      for (Client client : List.copyOf(clients)) {
        if (client.listener() == listener) {
          client.drain();
        }
      }
      awaitDrained(listener, System.nanoTime() + time.toNanos(), done);
    });
    return done.future();
  }

  private void awaitDrained(HttpListener listener, long until, Promise<Void> done) {
    boolean late = System.nanoTime() - until >= 0;
    boolean left = false;
    for (Client client : List.copyOf(clients)) {
      if (client.listener() == listener) {
        left = true;
        if (late) {
          client.closeNow();
        }
      }
    }
    if (!left || late) {
      done.complete();
    } else {
      var _ =
          eventLoop.schedule(
              () -> awaitDrained(listener, until, done), TICK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** Where requests are logged; null: nowhere. */
  @Nullable AccessRing log() {
    return log;
  }

  /** Nanoseconds since 1970 at {@link #now}. */
  long epochNanos() {
    return now + epochOffset;
  }

  LoopMetrics metrics() {
    return metrics;
  }

  /** From any thread. */
  Future<LoopMetrics> copyMetrics() {
    Promise<LoopMetrics> copy = Promise.promise();
    eventLoop.execute(() -> copy.complete(metrics.copy()));
    return copy.future();
  }
}
