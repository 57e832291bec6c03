package io.weir.agent.proxy;

import io.weir.agent.balance.PoolMembers;
import io.weir.agent.http1.FieldEdits;
import io.weir.agent.http1.HeadLimits;
import io.weir.agent.model.Limits;
import io.weir.agent.model.Listener;
import io.weir.agent.model.RouteRule;
import io.weir.agent.model.Service;
import io.weir.agent.route.RouteTable;
import java.util.Map;
import java.util.Objects;

/**
 * A listener for HTTP: all that a request needs to know, captured once at its start. Immutable.
 *
 * @param maxBodyBytes of a request
 * @param headNanos from a head's first byte to its last
 * @param idleNanos without a request
 */
record HttpServing(
    Listener listener,
    RouteTable<Destination> routes,
    int trustedHops,
    HeadLimits limits,
    long maxBodyBytes,
    long headNanos,
    long idleNanos)
    implements Serving {
  static HttpServing of(Listener listener, Service.Http http, Map<String, PoolMembers> members) {
    Limits limits = http.limits();
    return new HttpServing(
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
}
