package io.weir.agent.proxy;

import io.weir.agent.balance.EndpointStates;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Snapshot;
import io.weir.agent.route.RouteTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One listener of one snapshot, compiled: all that a request needs to know, captured once at its
 * start. Immutable.
 */
record Serving(Listener listener, RouteTable<PoolMembers> routes) {
  static List<Serving> compile(Snapshot snapshot, EndpointStates states) {
    Map<String, PoolMembers> members = new HashMap<>();
    for (Pool pool : snapshot.pools().values()) {
      members.put(pool.name(), PoolMembers.of(pool, states));
    }
    List<Serving> compiled = new ArrayList<>();
    for (Listener listener : snapshot.listeners()) {
      // A snapshot holds every pool that its rules name.
      compiled.add(new Serving(listener, RouteTable.compile(listener.routes(), members::get)));
    }
    return compiled;
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
