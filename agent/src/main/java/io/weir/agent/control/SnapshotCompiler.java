package io.weir.agent.control;

import io.weir.agent.control.Compilation.Compiled;
import io.weir.agent.control.Compilation.Refused;
import io.weir.agent.control.EditsCompiler.Direction;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.RouteRule;
import io.weir.agent.model.Service;
import io.weir.agent.model.Snapshot;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Resource;
import io.weir.v1.RouteSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Turns the resources of one agent into what it runs, with every default that resources.proto
 * names, or says all at once what this agent cannot run. The controller has validated them already;
 * what is checked again is what would otherwise fail later or be run wrongly, such as parts that
 * only a newer agent knows. Pure.
 */
public final class SnapshotCompiler {
  private final String version;
  private final ProbeAbility ability;

  /**
   * Where every kind of probe can be performed.
   *
   * @param version of this agent's program, for refusals
   */
  public SnapshotCompiler(String version) {
    this(version, ProbeAbility.ALL);
  }

  /**
   * @param version of this agent's program, for refusals
   * @param ability pools whose probes are beyond it are refused
   */
  public SnapshotCompiler(String version, ProbeAbility ability) {
    this.version = version;
    this.ability = ability;
  }

  /** Never throws for any content. */
  public Compilation compile(io.weir.v1.Snapshot message) {
    return new Run().compile(message);
  }

  /** A listener as its resources are gathered: its own rules, then those of routes that name it. */
  private record Draft(HostPort bind, Service service, List<RouteRule> rules) {
    Listener listener(String name) {
      Service complete =
          switch (service) {
            case Service.Http http ->
                new Service.Http(
                    rules,
                    http.trustedHops(),
                    http.limits(),
                    http.headTimeout(),
                    http.idleTimeout());
            case Service.Tcp tcp -> tcp;
            case Service.Udp udp -> udp;
          };
      return new Listener(name, bind.host(), bind.port(), complete);
    }
  }

  /** Ports of TCP and UDP are apart. */
  private record Bind(boolean udp, String address) {}

  private final class Run {
    private final List<Refusal> refused = new ArrayList<>();
    private final Map<String, Pool> pools = new LinkedHashMap<>();
    private final Map<String, Draft> listeners = new TreeMap<>();
    private final Map<Bind, String> binds = new HashMap<>();
    // Listener, host and prefix of every rule.
    private final Set<List<String>> rules = new HashSet<>();

    Compilation compile(io.weir.v1.Snapshot message) {
      // Routes need listeners, listeners need pools.
      each(message, Resource.KindCase.POOL, this::pool);
      each(message, Resource.KindCase.LISTENER, this::listener);
      each(message, Resource.KindCase.ROUTE, this::route);
      each(message, Resource.KindCase.KIND_NOT_SET, this::unknownKind);
      if (!refused.isEmpty()) {
        return new Refused(refused);
      }
      List<Listener> result = new ArrayList<>();
      listeners.forEach((name, draft) -> result.add(draft.listener(name)));
      return new Compiled(
          new Snapshot(
              message.getEpoch(), message.getTerm(), message.getRevision(), result, pools));
    }

    private void each(
        io.weir.v1.Snapshot message, Resource.KindCase kind, Consumer<Resource> compile) {
      message.getResourcesList().stream().filter(r -> r.getKindCase() == kind).forEach(compile);
    }

    private void unknownKind(Resource resource) {
      refusals("", resource)
          .add(
              "kind",
              UnknownParts.unknown(
                  version,
                  "resources of this kind (field "
                      + resource.getUnknownFields().asMap().keySet()
                      + ")"));
    }

    private void pool(Resource resource) {
      Refusals refusals = refusals("Pool", resource);
      io.weir.v1.PoolSpec spec = resource.getPool().getSpec();
      new UnknownParts(refusals, version).refuse(spec);
      String name = resource.getMetadata().getName();
      pools.put(name, new PoolCompiler(refusals, ability).compile(name, spec));
    }

    private void listener(Resource resource) {
      Refusals refusals = refusals("Listener", resource);
      ListenerSpec spec = resource.getListener().getSpec();
      new UnknownParts(refusals, version).refuse(spec);
      String name = resource.getMetadata().getName();
      Service service = new ServiceCompiler(refusals, pools.keySet()).compile(spec);
      Optional<HostPort> bind = HostPort.parse(spec.getBind()).filter(b -> b.port() > 0);
      if (bind.isEmpty()) {
        refusals.add(
            "bind",
            "\"%s\" is not an address to listen on; it must be \"address:port\", \"0.0.0.0:port\" for all addresses"
                .formatted(spec.getBind()));
      } else {
        String other =
            binds.putIfAbsent(new Bind(service instanceof Service.Udp, spec.getBind()), name);
        if (other != null) {
          refusals.add("bind", spec.getBind() + " is listener " + other + "'s");
        }
      }
      Draft draft = new Draft(bind.orElse(new HostPort("0.0.0.0", 1)), service, new ArrayList<>());
      listeners.put(name, draft);
      for (int i = 0; i < spec.getRoutesCount() && service instanceof Service.Http; i++) {
        rule(refusals, "routes[" + i + "].", spec.getRoutes(i), Map.of(name, draft));
      }
    }

    private void route(Resource resource) {
      RouteSpec spec = resource.getRoute().getSpec();
      Map<String, Draft> here = new TreeMap<>();
      for (String name : spec.getListenersList()) {
        Draft draft = listeners.get(name);
        if (draft != null) { // the others run elsewhere
          here.put(name, draft);
        }
      }
      if (!here.isEmpty()) {
        Refusals refusals = refusals("Route", resource);
        new UnknownParts(refusals, version).refuse(spec);
        for (int i = 0; i < spec.getListenersCount(); i++) {
          Draft draft = here.get(spec.getListeners(i));
          if (draft != null && !(draft.service() instanceof Service.Http)) {
            refusals.add("listeners[" + i + "]", "is not an http listener; only these have routes");
          }
        }
        rule(refusals, "rule.", spec.getRule(), here);
      }
    }

    private void rule(
        Refusals refusals, String at, io.weir.v1.RouteRule rule, Map<String, Draft> targets) {
      if (!pools.containsKey(rule.getPool())) {
        refusals.add(at + "pool", "there is no pool \"" + rule.getPool() + "\"");
      }
      String prefix = rule.getPathPrefix().isEmpty() ? "/" : rule.getPathPrefix();
      if (!prefix.startsWith("/")) {
        refusals.add(at + "path_prefix", "\"" + prefix + "\" must begin with '/'");
      }
      List<String> hosts =
          rule.getHostsList().stream().map(h -> h.toLowerCase(Locale.ROOT)).toList();
      for (int i = 0; i < hosts.size(); i++) {
        String host = hosts.get(i);
        String name = host.startsWith("*.") ? host.substring(2) : host;
        if (name.isEmpty() || !name.matches("[!-)+-.0-~]*")) {
          refusals.add(
              at + "hosts[" + i + "]", "\"" + host + "\" is neither a host nor \"*.\" and a host");
        }
      }
      RouteRule compiled =
          new RouteRule(
              hosts,
              prefix,
              rule.getPool(),
              new EditsCompiler(refusals, Direction.REQUEST)
                  .compile(at + "request_headers", rule.getRequestHeaders()),
              new EditsCompiler(refusals, Direction.RESPONSE)
                  .compile(at + "response_headers", rule.getResponseHeaders()));
      targets.forEach((listener, draft) -> {
        for (String host : hosts.isEmpty() ? List.of("") : hosts) {
          if (!rules.add(List.of(listener, host, prefix))) {
            refusals.add(
                at + "path_prefix",
                "listener %s has another rule for %s and %s"
                    .formatted(listener, host.isEmpty() ? "any host" : host, prefix));
          }
        }
        draft.rules().add(compiled);
      });
    }

    private Refusals refusals(String kind, Resource resource) {
      return new Refusals(kind, resource.getMetadata().getName(), refused);
    }
  }
}
