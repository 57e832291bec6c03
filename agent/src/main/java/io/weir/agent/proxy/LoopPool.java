package io.weir.agent.proxy;

import io.weir.agent.balance.Balancer;
import io.weir.agent.balance.Explanation;
import io.weir.agent.balance.PickInput;
import io.weir.agent.balance.PoolLoad;
import io.weir.agent.balance.PoolLoad.Limit;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.balance.Ticket;
import io.weir.agent.model.Circuit;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Pool;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One pool as one loop has it: its balancer and the upstream connections to its endpoints. */
final class LoopPool {
  private final Loop loop;
  private final Map<String, EndpointConnections> connections = new HashMap<>();
  private final Balancer balancer;
  private @Nullable RequestKeys keys;
  private int connectMillis;
  private long responseNanos;
  private long idleNanos;
  private long requestNanos;

  LoopPool(Loop loop, PoolMembers members) {
    this.loop = loop;
    balancer = new Balancer(members, loop.locality(), loop.random());
    read(members.pool());
  }

  /** Goes on with the pool as it is now. */
  void follow(PoolMembers members) {
    balancer.follow(members);
    read(members.pool());
    Set<String> addresses =
        Set.copyOf(members.pool().endpoints().stream().map(Endpoint::address).toList());
    connections
        .entrySet()
        .removeIf(entry -> {
          boolean gone = !addresses.contains(entry.getKey());
          if (gone) {
            entry.getValue().retire();
          }
          return gone;
        });
  }

  private void read(Pool pool) {
    keys = RequestKeys.of(pool);
    connectMillis = Math.toIntExact(pool.timeouts().connect().toMillis());
    responseNanos = pool.timeouts().response().toNanos();
    idleNanos = pool.timeouts().idle().toNanos();
    requestNanos = pool.timeouts().request().map(Duration::toNanos).orElse(0L);
  }

  PoolMembers members() {
    return balancer.members();
  }

  Pool pool() {
    return members().pool();
  }

  /** What picks want to know of requests; null: nothing. */
  @Nullable RequestKeys keys() {
    return keys;
  }

  /** The next pick is explained. */
  void explainNext(Consumer<Explanation> to) {
    balancer.explainNext(to);
  }

  /** False: there is none. */
  boolean pick(Ticket into, PickInput input, Set<String> tried) {
    return balancer.pick(into, input, tried, loop.now());
  }

  /** Whether there may be one more request; counted when not. */
  boolean admits() {
    return load().admits(circuit());
  }

  /** Whether a request that failed may be tried again. */
  boolean mayRetry() {
    return load().mayRetry(circuit(), loop.now());
  }

  /** Whether {@code to} may get a request now, as far as connections go; counted when not. */
  boolean mayConnect(EndpointConnections to) {
    if (!to.isExhausted()) {
      return true;
    }
    Circuit circuit = circuit();
    if (circuit.pending() > 0 && load().pending() >= circuit.pending()) {
      return load().overflow(Limit.PENDING);
    }
    if (circuit.connections() == 0 || load().connections() < circuit.connections()) {
      return true;
    }
    boolean none = true;
    for (EndpointConnections each : connections.values()) {
      none &= each.isUnused();
      if (each.closeIdle()) {
        return true; // in place of it
      }
    }
    return none || load().overflow(Limit.CONNECTIONS);
  }

  PoolLoad load() {
    return members().load();
  }

  Circuit circuit() {
    return pool().circuit();
  }

  EndpointConnections connections(Ticket to) {
    Endpoint endpoint = to.endpoint();
    EndpointConnections known = connections.get(endpoint.address());
    if (known == null) {
      known = new EndpointConnections(loop, this, endpoint, to.state());
      connections.put(endpoint.address(), known);
    }
    return known;
  }

  void expireIdle(long now) {
    connections.values().forEach(endpoint -> endpoint.expire(now));
  }

  void retire() {
    connections.values().forEach(EndpointConnections::retire);
  }

  int connectMillis() {
    return connectMillis;
  }

  long responseNanos() {
    return responseNanos;
  }

  long idleNanos() {
    return idleNanos;
  }

  /** For a whole request; 0: as long as it takes. */
  long requestNanos() {
    return requestNanos;
  }

  int retries() {
    return pool().retries();
  }
}
