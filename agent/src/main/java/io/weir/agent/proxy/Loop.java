package io.weir.agent.proxy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.weir.agent.balance.Balancer;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.model.Pool;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What one event loop keeps to itself: balancers and upstream connections. Confined to that loop.
 */
final class Loop extends VerticleBase {
  private final Map<String, Balancer> balancers = new HashMap<>();
  private final Upstreams upstreams;
  private final LongSupplier nanos;

  Loop(Vertx vertx, ProxyOptions options, LongSupplier nanos) {
    upstreams = new Upstreams(vertx, options);
    this.nanos = nanos;
  }

  Vertx vertx() {
    return vertx;
  }

  Context context() {
    return context;
  }

  Upstreams upstreams() {
    return upstreams;
  }

  Deadline deadline() {
    return new Deadline(vertx, nanos);
  }

  /** The balancer of this loop for that pool, made to go on where the one before was. */
  @SuppressWarnings("ReferenceEquality") // of one snapshot, or not
  Balancer balancer(PoolMembers members) {
    String name = members.pool().name();
    Balancer known = balancers.get(name);
    if (known != null && known.members() == members) {
      return known;
    }
    Balancer now = known == null ? Balancer.of(members) : known.next(members);
    balancers.put(name, now);
    return now;
  }

  /** Forgets what no pool of the snapshot needs. From any thread. */
  void retain(Set<String> pools, Set<Pool.Timeouts> timeouts) {
    context.runOnContext(now -> {
      balancers.keySet().retainAll(pools);
      upstreams.retain(timeouts);
    });
  }

  /** Runs on this loop, from any thread. */
  <T> Future<T> run(Supplier<Future<T>> work) {
    Promise<T> done = Promise.promise();
    context.runOnContext(now -> work.get().onComplete(done));
    return done.future();
  }

  @Override
  public Future<?> stop() {
    return upstreams.close();
  }
}
