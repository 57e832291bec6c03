package io.weir.controller.snapshot;

import io.weir.controller.model.Config;
import io.weir.controller.model.Kind;
import io.weir.controller.model.ResourceKey;
import io.weir.v1.Listener;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.Resource;
import io.weir.v1.RouteRule;
import io.weir.v1.RouteSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Cuts what each agent runs out of one image of the configuration. Agents with equal labels share
 * one content, and everything shares its resources. Not thread-safe: one thread at a time.
 */
public final class SnapshotBuilder {
  private final SortedMap<ResourceKey, Resource> listeners;
  private final SortedMap<ResourceKey, Resource> pools = new TreeMap<>();
  private final Map<Map<String, String>, SortedMap<ResourceKey, Resource>> contents =
      new HashMap<>();

  public SnapshotBuilder(Config config) {
    this.listeners = mergedListeners(config);
    config
        .of(Kind.POOL)
        .forEach(pool ->
            pools.put(
                ResourceKey.pool(name(pool)),
                bare(pool).setPool(Pool.newBuilder().setSpec(pool.getPool().getSpec())).build()));
  }

  /** For an agent with {@code labels}, as a snapshot of {@code revision}. */
  public AgentSnapshot build(Map<String, String> labels, long revision) {
    return new AgentSnapshot(revision, contents.computeIfAbsent(Map.copyOf(labels), this::content));
  }

  private SortedMap<ResourceKey, Resource> content(Map<String, String> labels) {
    SortedMap<ResourceKey, Resource> content = new TreeMap<>();
    listeners.forEach((key, listener) -> {
      if (selects(listener.getListener().getSpec().getAgentsMap(), labels)) {
        content.put(key, listener);
        pools(listener.getListener().getSpec())
            .map(ResourceKey::pool)
            .forEach(pool -> {
              Resource found = pools.get(pool);
              if (found != null) {
                content.put(pool, found);
              }
            });
      }
    });
    return content;
  }

  private static Stream<String> pools(ListenerSpec spec) {
    return Stream.concat(
        Stream.of(spec.getPool()).filter(pool -> !pool.isEmpty()),
        spec.getRoutesList().stream().map(RouteRule::getPool));
  }

  private static boolean selects(Map<String, String> selector, Map<String, String> labels) {
    return labels.entrySet().containsAll(selector.entrySet());
  }

  private static SortedMap<ResourceKey, Resource> mergedListeners(Config config) {
    Map<String, List<RouteRule>> rules = new HashMap<>();
    config
        .of(Kind.ROUTE)
        .forEach(route -> {
          RouteSpec spec = route.getRoute().getSpec();
          spec.getListenersList().stream()
              .distinct()
              .forEach(listener ->
                  rules.computeIfAbsent(listener, _ -> new ArrayList<>()).add(spec.getRule()));
        });
    SortedMap<ResourceKey, Resource> merged = new TreeMap<>();
    config
        .of(Kind.LISTENER)
        .forEach(listener -> {
          String name = name(listener);
          Listener.Builder with = Listener.newBuilder().setSpec(listener.getListener().getSpec());
          with.getSpecBuilder().addAllRoutes(rules.getOrDefault(name, List.of()));
          merged.put(ResourceKey.listener(name), bare(listener).setListener(with).build());
        });
    return merged;
  }

  private static String name(Resource resource) {
    return resource.getMetadata().getName();
  }

  private static Resource.Builder bare(Resource resource) {
    return Resource.newBuilder().setMetadata(Metadata.newBuilder().setName(name(resource)));
  }
}
