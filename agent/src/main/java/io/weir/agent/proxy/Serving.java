package io.weir.agent.proxy;

import io.weir.agent.balance.EndpointStates;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.l4.Target;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Service;
import io.weir.agent.model.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One listener of one snapshot, compiled. Immutable. */
sealed interface Serving permits HttpServing, Layer4Serving {
  Listener listener();

  /**
   * @param before of the pools that run now, whose tables may still be good
   */
  static Map<String, PoolMembers> members(
      Snapshot snapshot, EndpointStates states, Map<String, PoolMembers> before) {
    Map<String, PoolMembers> members = new HashMap<>();
    for (Pool pool : snapshot.pools().values()) {
      members.put(pool.name(), PoolMembers.of(pool, states, before.get(pool.name())));
    }
    return Map.copyOf(members);
  }

  /** In the order of the snapshot. */
  static List<Serving> compile(Snapshot snapshot, Map<String, PoolMembers> members) {
    List<Serving> compiled = new ArrayList<>();
    for (Listener listener : snapshot.listeners()) {
      compiled.add(
          switch (listener.service()) {
            case Service.Http http -> HttpServing.of(listener, http, members);
            case Service.Tcp(String pool, Duration idle) ->
                new Layer4Serving(listener, target(listener, members, pool, idle));
            case Service.Udp(String pool, Duration idle) ->
                new Layer4Serving(listener, target(listener, members, pool, idle));
          });
    }
    return compiled;
  }

  private static Target target(
      Listener listener, Map<String, PoolMembers> members, String pool, Duration idle) {
    // A snapshot holds every pool that it names.
    return new Target(listener.name(), Objects.requireNonNull(members.get(pool)), idle.toNanos());
  }

  default Bind bind() {
    Bind.Kind kind =
        switch (listener().service()) {
          case Service.Http http -> Bind.Kind.HTTP;
          case Service.Tcp tcp -> Bind.Kind.TCP;
          case Service.Udp udp -> Bind.Kind.UDP;
        };
    return new Bind(kind, listener().host(), listener().port());
  }
}
