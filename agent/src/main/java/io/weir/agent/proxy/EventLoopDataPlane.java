package io.weir.agent.proxy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.weir.agent.accesslog.AccessLog;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.balance.Explanation;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.health.TrafficDoubts;
import io.weir.agent.l4.HostLoop;
import io.weir.agent.l4.Sockets;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.Snapshot;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * The data plane: Netty handlers on Vert.x's own event loops. A client connection and the upstream
 * connections it uses share one loop, so that nothing under way ever changes threads.
 */
public final class EventLoopDataPlane implements DataPlane {
  private final EndpointStates states;
  private final ListenerSet listeners;
  private final List<Loop> loops = new ArrayList<>();
  private final OutlierWatch outliers;

  /** Of the last apply that was not refused. */
  private volatile Map<String, PoolMembers> members = Map.of();

  private volatile Snapshot running = new Snapshot("", 0, 0, List.of(), Map.of());

  /**
   * @param states shared with probes and reports; entries of pools that a snapshot drops are
   *     forgotten
   * @param clock for timestamps in the access log
   * @param log stays open: it is the caller's to close, after this
   */
  public EventLoopDataPlane(
      Vertx vertx,
      EndpointStates states,
      InstantSource clock,
      AccessLog log,
      ProxyOptions options) {
    this(vertx, states, clock, log, options, TrafficDoubts.IGNORED);
  }

  /**
   * Likewise.
   *
   * @param doubts told of endpoints that requests speak against
   */
  public EventLoopDataPlane(
      Vertx vertx,
      EndpointStates states,
      InstantSource clock,
      AccessLog log,
      ProxyOptions options,
      TrafficDoubts doubts) {
    this.states = states;
    outliers = new OutlierWatch(doubts);
    states.tell(outliers);
    VertxInternal internal = (VertxInternal) vertx;
    boolean epoll = vertx.isNativeTransportEnabled();
    var resolver = internal.nameResolver().nettyAddressResolverGroup();
    Transport transport = new Transport(epoll, resolver);
    Sockets sockets = new Sockets(epoll, Sockets.Relay.SPLICE, resolver);
    for (EventExecutor executor : internal.eventLoopGroup()) {
      if (loops.size() < options.eventLoops()) {
        loops.add(
            new Loop((EventLoop) executor, transport.upstream(), log, clock, options.locality()));
        // Started now, by this thread: one is as low in priority as whichever starts it.
        executor.execute(() -> {});
      }
    }
    List<HostLoop> layer4 = loops.stream().<HostLoop>map(Layer4Loop::new).toList();
    listeners =
        new ListenerSet(
            vertx,
            options.drainTime(),
            serving ->
                switch (serving) {
                  case HttpServing http -> new HttpListener(http, loops, transport);
                  case Layer4Serving other -> new OpenLayer4(other, layer4, sockets);
                });
  }

  @Override
  public Future<List<Refusal>> apply(Snapshot snapshot) {
    Map<String, PoolMembers> compiled = Serving.members(snapshot, states, members);
    return listeners
        .apply(Serving.compile(snapshot, compiled))
        .map(refusals -> {
          if (refusals.isEmpty()) {
            running = snapshot;
            members = compiled;
            outliers.run(compiled);
          }
          // Also after a refusal: what was compiled in vain is forgotten.
          retain(running);
          return refusals;
        });
  }

  @Override
  public Future<Explanation> explainNext(String pool) {
    PoolMembers of = members.get(pool);
    if (of == null) {
      return Future.failedFuture(new NoSuchElementException("no pool " + pool));
    }
    Promise<Explanation> first = Promise.promise();
    loops.forEach(loop -> loop.explainNext(of, first::tryComplete));
    return first.future();
  }

  private void retain(Snapshot snapshot) {
    Set<EndpointStates.Key> keys = new HashSet<>();
    for (Pool pool : snapshot.pools().values()) {
      pool.endpoints()
          .forEach(endpoint -> keys.add(new EndpointStates.Key(pool.name(), endpoint.address())));
    }
    states.retain(keys, snapshot.pools().keySet());
    loops.forEach(loop -> loop.retain(snapshot.pools().keySet()));
  }

  @Override
  public Future<LoopMetrics> metrics() {
    List<Future<LoopMetrics>> parts = loops.stream().map(Loop::copyMetrics).toList();
    return Future.all(parts)
        .map(all -> {
          LoopMetrics sum = LoopMetrics.sum(parts.stream().map(Future::result).toList());
          outliers.count(sum);
          return sum;
        });
  }

  @Override
  public Future<Void> close() {
    return listeners
        .close()
        .onComplete(_ -> {
          loops.forEach(Loop::close);
          outliers.close();
        });
  }
}
