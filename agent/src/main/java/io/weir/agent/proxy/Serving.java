package io.weir.agent.proxy;

import io.weir.agent.balance.EndpointStates;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.http1.FieldEdits;
import io.weir.agent.http1.HeadLimits;
import io.weir.agent.model.Limits;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Pool;
import io.weir.agent.model.RouteRule;
import io.weir.agent.model.Service;
import io.weir.agent.model.Snapshot;
import io.weir.agent.route.RouteTable;
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
    RouteTable<Destination> routes,
    int trustedHops,
    HeadLimits limits,
    long maxBodyBytes,
    long headNanos,
    long idleNanos) {
  /** Of a snapshot of which {@link Unserved} finds nothing. */
  static List<Serving> compile(Snapshot snapshot, EndpointStates states) {
    Map<String, PoolMembers> members = new HashMap<>();
    for (Pool pool : snapshot.pools().values()) {
      members.put(pool.name(), PoolMembers.of(pool, states));
    }
    List<Serving> compiled = new ArrayList<>();
    for (Listener listener : snapshot.listeners()) {
      if (listener.service() instanceof Service.Http http) {
        compiled.add(of(listener, http, members));
      }
    }
    return compiled;
  }

  private static Serving of(
      Listener listener, Service.Http http, Map<String, PoolMembers> members) {
    Limits limits = http.limits();
    return new Serving(
        listener,
        RouteTable.compile(http.routes(), rule -> destination(rule, members)),
        http.trustedHops(),
        new HeadLimits(limits.head(), limits.target(), limits.fields()),
        limits.body(),
        http.headTimeout().toNanos(),
        http.idleTimeout().toNanos());
  }

  private static Destination destination(RouteRule rule, Map<String, PoolMembers> members) {
    return new Destination(
        // A snapshot holds every pool that its rules name.
        Objects.requireNonNull(members.get(rule.pool())),
        FieldEdits.of(rule.requestHeaders()),
        FieldEdits.of(rule.responseHeaders()));
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
