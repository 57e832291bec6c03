package io.weir.controller.model;

import io.weir.v1.ListenerSpec;
import io.weir.v1.PoolSpec;
import io.weir.v1.Protocol;
import io.weir.v1.Resource;
import io.weir.v1.RouteRule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What must hold between resources, over a whole configuration. Where two contradict each other,
 * the one that is being written is to blame.
 */
final class ReferenceRules {
  private final Config config;
  private final Set<ResourceKey> written;
  private final Problems problems;
  private final Map<String, Map<Match, Place>> matches = new HashMap<>();
  private final Map<String, Integer> rules = new HashMap<>();

  /** By pool. */
  private final Map<String, ResourceKey> scalers = new HashMap<>();

  /** Pools for which something is brought. */
  private final Set<String> scaled;

  private ReferenceRules(Config config, Set<ResourceKey> written, Problems problems) {
    this.config = config;
    this.written = written;
    this.problems = problems;
    this.scaled = scaled(config);
  }

  private static Set<String> scaled(Config config) {
    return config
        .of(Kind.SCALER)
        .map(scaler -> scaler.getScaler().getSpec().getPool())
        .collect(Collectors.toSet());
  }

  /** Of one rule's requests. */
  private record Match(String host, String prefix) {
    @Override
    public String toString() {
      return (host.isEmpty() ? "any host" : "host " + host) + " and path prefix " + prefix;
    }
  }

  /** Where a rule stands. */
  private record Place(ResourceKey key, String field) {
    String seenFrom(ResourceKey other) {
      return key.equals(other) ? field : key + " (" + field + ")";
    }
  }

  static void check(Config config, Set<ResourceKey> written, Problems problems) {
    ReferenceRules rules = new ReferenceRules(config, written, problems);
    rules.binds();
    for (ResourceKey key : rules.writtenLast(config.resources().keySet())) {
      config.get(key).ifPresent(resource -> rules.references(key, resource));
    }
  }

  private List<ResourceKey> writtenLast(Set<ResourceKey> keys) {
    List<ResourceKey> ordered = new ArrayList<>(keys);
    ordered.sort(Comparator.comparing(written::contains));
    return ordered;
  }

  private void references(ResourceKey key, Resource resource) {
    switch (resource.getKindCase()) {
      case LISTENER -> {
        pool(key, "pool", resource.getListener().getSpec().getPool());
        List<RouteRule> inline = resource.getListener().getSpec().getRoutesList();
        for (int i = 0; i < inline.size(); i++) {
          String at = "routes[" + i + "]";
          pool(key, at + ".pool", inline.get(i).getPool());
          rule(key.name(), new Place(key, at), inline.get(i));
        }
      }
      case ROUTE -> {
        RouteRule rule = resource.getRoute().getSpec().getRule();
        pool(key, "rule.pool", rule.getPool());
        List<String> listeners = resource.getRoute().getSpec().getListenersList();
        for (int i = 0; i < listeners.size(); i++) {
          ResourceKey listener = ResourceKey.listener(listeners.get(i));
          if (leads(key, "listeners[" + i + "]", listener)
              && listeners.indexOf(listeners.get(i)) == i) {
            rule(listener.name(), new Place(key, "rule"), rule);
          }
        }
      }
      case SCALER -> scaler(key, resource.getScaler().getSpec().getPool());
      case POOL -> endpoints(key, resource.getPool().getSpec());
      case ROLLOUT, AGENT, KIND_NOT_SET -> {}
    }
  }

  /** The one of its pool. */
  private void scaler(ResourceKey key, String name) {
    pool(key, "pool", name);
    ResourceKey other = scalers.putIfAbsent(name, key);
    if (!name.isEmpty() && other != null) {
      problems.add(
          key.ref(),
          "pool",
          "%s has %s already; a pool has at most one".formatted(ResourceKey.pool(name), other));
    }
  }

  private void endpoints(ResourceKey key, PoolSpec spec) {
    if (spec.getEndpointsCount() == 0 && !spec.hasDiscovery() && !scaled.contains(key.name())) {
      problems.add(
          key.ref(),
          "endpoints",
          "is empty; a pool needs at least 1 endpoint, discovery or a Scaler");
    }
  }

  private void pool(ResourceKey key, String field, String name) {
    ResourceKey pool = ResourceKey.pool(name);
    if (!name.isEmpty() && config.get(pool).isEmpty()) {
      problems.add(key.ref(), field, Nearest.missing(pool, names(Kind.POOL)));
    }
  }

  /** Whether the listener can have routes; says it where not. */
  private boolean leads(ResourceKey route, String field, ResourceKey listener) {
    Optional<ListenerSpec> spec =
        config.get(listener).map(resource -> resource.getListener().getSpec());
    if (spec.isEmpty()) {
      problems.add(route.ref(), field, Nearest.missing(listener, names(Kind.LISTENER)));
      return false;
    }
    if (ServiceRules.isHttp(spec.get())) {
      return true;
    }
    String protocol = ServiceRules.name(spec.get().getProtocol());
    if (written.contains(listener) && !written.contains(route)) {
      problems.add(
          listener.ref(),
          "protocol",
          "is %s, but %s (%s) names this listener and only http has routes"
              .formatted(protocol, route, field));
    } else {
      problems.add(
          route.ref(),
          field,
          "%s is a %s listener; only http has routes".formatted(listener, protocol));
    }
    return false;
  }

  private List<String> names(Kind kind) {
    return config.names(kind).toList();
  }

  private void rule(String listener, Place place, RouteRule rule) {
    int count = rules.merge(listener, 1, Integer::sum);
    if (count == ListenerRules.MAX_RULES + 1) {
      problems.add(
          place.key().ref(),
          place.field(),
          "Listener \"%s\" has %d rules already, with those of its Routes; that is the most"
              .formatted(listener, ListenerRules.MAX_RULES));
    }
    Map<Match, Place> taken = matches.computeIfAbsent(listener, _ -> new HashMap<>());
    String prefix = prefix(rule.getPathPrefix());
    List<String> hosts = rule.getHostsList().isEmpty() ? List.of("") : rule.getHostsList();
    for (String host : hosts) {
      Match match = new Match(host.toLowerCase(Locale.ROOT), prefix);
      Place other = taken.putIfAbsent(match, place);
      if (other != null && !other.equals(place)) {
        problems.add(
            place.key().ref(),
            place.field(),
            "%s of Listener \"%s\" are taken by %s; no two rules may have the same"
                .formatted(shown(match), listener, other.seenFrom(place.key())));
        return;
      }
    }
  }

  /** "/a/" means the same segments as "/a". */
  private static String prefix(String declared) {
    boolean trailing = declared.length() > 1 && declared.endsWith("/");
    return declared.isEmpty()
        ? "/"
        : trailing ? declared.substring(0, declared.length() - 1) : declared;
  }

  private static String shown(Match match) {
    String quoted = Syntax.quote(match.toString());
    return quoted.substring(1, quoted.length() - 1);
  }

  private void binds() {
    record Bound(ResourceKey key, ListenerSpec spec, Syntax.HostPort at) {}
    Map<Integer, List<Bound>> byPort = new HashMap<>();
    for (ResourceKey key : writtenLast(config.resources().keySet())) {
      Optional<Resource> listener = config.get(key).filter(Resource::hasListener);
      if (listener.isEmpty()) {
        continue;
      }
      ListenerSpec spec = listener.get().getListener().getSpec();
      Optional<Syntax.HostPort> at = Syntax.hostPort(spec.getBind());
      if (at.isEmpty()) {
        continue;
      }
      Bound bound = new Bound(key, spec, at.get());
      List<Bound> others = byPort.computeIfAbsent(bound.at().port(), _ -> new ArrayList<>());
      others.stream()
          .filter(other -> isUdp(other.spec()) == isUdp(bound.spec()))
          .filter(other -> sameAddress(other.at().host(), bound.at().host()))
          .filter(other -> overlap(other.spec().getAgentsMap(), bound.spec().getAgentsMap()))
          .findFirst()
          .ifPresent(other ->
              problems.add(
                  key.ref(),
                  "bind",
                  "%s is taken by %s (%s) on agents that both select; choose another port, or agents that differ in a label"
                      .formatted(spec.getBind(), other.key(), other.spec().getBind())));
      others.add(bound);
    }
  }

  /** Its ports are apart from those of TCP. */
  private static boolean isUdp(ListenerSpec spec) {
    return spec.getProtocol() == Protocol.PROTOCOL_UDP;
  }

  /** A socket on all addresses takes the port of each. */
  private static boolean sameAddress(String one, String other) {
    return one.equals(other) || isAny(one) || isAny(other);
  }

  private static boolean isAny(String host) {
    return host.equals("0.0.0.0") || Syntax.ipv6("::").filter(host::equals).isPresent();
  }

  /** Whether an agent could have all labels of both. */
  private static boolean overlap(Map<String, String> one, Map<String, String> other) {
    return one.entrySet().stream()
        .noneMatch(label ->
            other.containsKey(label.getKey())
                && !label.getValue().equals(other.get(label.getKey())));
  }

  /** What still refers to resources that are no longer in {@code config}. */
  static void dangling(Config config, Set<ResourceKey> deleted, Problems problems) {
    config
        .resources()
        .forEach((key, resource) ->
            references(resource)
                .forEach((field, target) -> {
                  if (deleted.contains(target)) {
                    problems.add(
                        target.ref(),
                        "",
                        "is used by %s (%s); change or delete that first, or both at once"
                            .formatted(key, field));
                  }
                }));
    deleted.stream()
        .filter(key -> key.kind() == Kind.SCALER)
        .findFirst()
        .ifPresent(scaler -> emptied(config, scaler, problems));
  }

  /** Pools that have nothing but what a Scaler brings them. */
  private static void emptied(Config config, ResourceKey scaler, Problems problems) {
    Set<String> scaled = scaled(config);
    config
        .of(Kind.POOL)
        .filter(pool ->
            pool.getPool().getSpec().getEndpointsCount() == 0
                && !pool.getPool().getSpec().hasDiscovery()
                && !scaled.contains(pool.getMetadata().getName()))
        .forEach(pool ->
            problems.add(
                scaler.ref(),
                "",
                "%s would have no endpoints without it; declare some first, or delete both at once"
                    .formatted(ResourceKey.pool(pool.getMetadata().getName()))));
  }

  private static Map<String, ResourceKey> references(Resource resource) {
    Map<String, ResourceKey> found = new TreeMap<>();
    switch (resource.getKindCase()) {
      case LISTENER -> {
        List<RouteRule> inline = resource.getListener().getSpec().getRoutesList();
        for (int i = 0; i < inline.size(); i++) {
          found.put("routes[" + i + "].pool", ResourceKey.pool(inline.get(i).getPool()));
        }
        String onePool = resource.getListener().getSpec().getPool();
        if (!onePool.isEmpty()) {
          found.put("pool", ResourceKey.pool(onePool));
        }
      }
      case ROUTE -> {
        found.put("rule.pool", ResourceKey.pool(resource.getRoute().getSpec().getRule().getPool()));
        List<String> listeners = resource.getRoute().getSpec().getListenersList();
        for (int i = 0; i < listeners.size(); i++) {
          found.put("listeners[" + i + "]", ResourceKey.listener(listeners.get(i)));
        }
      }
      case SCALER -> found.put("pool", ResourceKey.pool(resource.getScaler().getSpec().getPool()));
      case POOL, ROLLOUT, AGENT, KIND_NOT_SET -> {}
    }
    return found;
  }
}
