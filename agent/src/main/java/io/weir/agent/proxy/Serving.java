package io.weir.agent.proxy;

import io.weir.agent.balance.EndpointStates;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.http1.FieldEdits;
import io.weir.agent.http1.HeadLimits;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Snapshot;
import io.weir.agent.route.ByteRouteTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One listener of one snapshot, compiled: all that a request needs to know, captured once at its
 * start. Immutable.
 *
 * @param maxBodyBytes of a request
 * @param headNanos from a head's first byte to its last
 * @param idleNanos without a request
 */
record Serving(
    Listener listener,
    ByteRouteTable<Destination> routes,
    HeadLimits limits,
    long maxBodyBytes,
    long headNanos,
    long idleNanos) {
  static List<Serving> compile(Snapshot snapshot, EndpointStates states, ProxyOptions options) {
    Map<String, PoolMembers> members = new HashMap<>();
    for (Pool pool : snapshot.pools().values()) {
      members.put(pool.name(), PoolMembers.of(pool, states));
    }
    List<Serving> compiled = new ArrayList<>();
    for (Listener listener : snapshot.listeners()) {
      compiled.add(compile(listener, members, options));
    }
    return compiled;
  }

  private static Serving compile(
      Listener listener, Map<String, PoolMembers> members, ProxyOptions options) {
    return new Serving(
        listener,
        ByteRouteTable.compile(
            listener.routes(),
            // A snapshot holds every pool that its rules name.
            rule ->
                new Destination(
                    Objects.requireNonNull(members.get(rule.pool())),
                    FieldEdits.NONE,
                    FieldEdits.NONE)),
        new HeadLimits(options.maxHead(), options.maxLine(), 128),
        Long.MAX_VALUE,
        options.clientIdle().toNanos(),
        options.clientIdle().toNanos());
  }

  int trustedHops() {
    return listener.trustedHops();
  }

  Bind bind() {
    return new Bind(listener.host(), listener.port());
  }

  /** Where a listener accepts; what makes two listeners of two snapshots the same socket. */
  record Bind(String host, int port) {
    /** Both cannot be listened on at once. */
    boolean overlaps(Bind other) {
      return port == other.port
          && (host.equals(other.host) || isWildcard(host) || isWildcard(other.host));
    }

    private static boolean isWildcard(String host) {
      return host.equals("0.0.0.0") || host.equals("::") || host.equals("0:0:0:0:0:0:0:0");
    }

    @Override
    public String toString() {
      return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
  }
}
