package io.weir.agent.proxy;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.Snapshot;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * A data plane on Vert.x's HTTP server and client. Each event loop has its own balancers and
 * upstream connections; a request stays on the loop that accepted it.
 */
public final class VertxDataPlane implements DataPlane {

  private final EndpointStates states;
  private final ListenerSet listeners;
  private final List<Loop> loops = new CopyOnWriteArrayList<>();
  private final Future<String> deployed;
  private final Vertx vertx;

  /** Of the last apply that was not refused. */
  private volatile Snapshot running = new Snapshot("", 0, 0, List.of(), Map.of());

  /**
   * @param states shared with probes and reports; entries of pools that a snapshot drops are
   *     forgotten
   * @param clock for timestamps in the access log
   * @param nanos monotonic, as {@link System#nanoTime}
   * @param log stays open: it is the caller's to close, after this
   */
  public VertxDataPlane(
      Vertx vertx,
      EndpointStates states,
      InstantSource clock,
      LongSupplier nanos,
      AccessLog log,
      ProxyOptions options) {
    this.vertx = vertx;
    this.states = states;
    Exchange.Services services = new Exchange.Services(clock, nanos, log);
    deployed =
        vertx.deployVerticle(
            () -> {
              Loop loop = new Loop(vertx, options, nanos);
              loops.add(loop);
              return loop;
            },
            new DeploymentOptions().setInstances(options.eventLoops()));
    listeners =
        new ListenerSet(
            vertx, options.drainTime(), listener -> listener.open(vertx, loops, options, services));
  }

  @Override
  public Future<List<Refusal>> apply(Snapshot snapshot) {
    return deployed
        .compose(ready -> listeners.apply(Serving.compile(snapshot, states)))
        .map(refusals -> {
          if (refusals.isEmpty()) {
            running = snapshot;
          }
          // Also after a refusal: what was compiled in vain is forgotten.
          retain(running);
          return refusals;
        });
  }

  private void retain(Snapshot snapshot) {
    Set<EndpointStates.Key> keys = new HashSet<>();
    Set<Pool.Timeouts> timeouts = new HashSet<>();
    for (Pool pool : snapshot.pools().values()) {
      timeouts.add(pool.timeouts());
      pool.endpoints()
          .forEach(endpoint -> keys.add(new EndpointStates.Key(pool.name(), endpoint.address())));
    }
    states.retain(keys);
    loops.forEach(loop -> loop.retain(snapshot.pools().keySet(), timeouts));
  }

  @Override
  public Future<Void> close() {
    Promise<Void> closed = Promise.promise();
    deployed
        .compose(id -> listeners.close().eventually(() -> vertx.undeploy(id)))
        .onComplete(done -> closed.complete());
    return closed.future();
  }
}
