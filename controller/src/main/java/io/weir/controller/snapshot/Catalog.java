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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One image of the configuration, cut into what agents are given. Each next one shares with the one
 * before whatever means the same, so that an update costs what it changes. For one thread at a
 * time.
 */
public final class Catalog {
  public static final Catalog EMPTY =
      new Catalog(Config.EMPTY, new TreeMap<>(), new HashMap<>(), Map.of(), false);

  private final Config config;
  // With the rules of their Routes.
  private final SortedMap<ResourceKey, Piece> listeners;
  private final Map<ResourceKey, Piece> pools;
  private final Map<List<ResourceKey>, Content> before;
  private final Map<List<ResourceKey>, Content> contents = new HashMap<>();
  private final boolean selectsAsBefore;

  private Catalog(
      Config config,
      SortedMap<ResourceKey, Piece> listeners,
      Map<ResourceKey, Piece> pools,
      Map<List<ResourceKey>, Content> before,
      boolean selectsAsBefore) {
    this.config = config;
    this.listeners = listeners;
    this.pools = pools;
    this.before = before;
    this.selectsAsBefore = selectsAsBefore;
  }

  public static Catalog of(Config config) {
    return EMPTY.next(config);
  }

  /** This one with another configuration in place of its own. */
  public Catalog with(UnaryOperator<Config> change) {
    return next(change.apply(config));
  }

  /** This one when {@code next} means the same to agents. */
  @SuppressWarnings("ReferenceEquality") // what means the same is the same
  Catalog next(Config next) {
    Set<ResourceKey> changed = changed(config, next);
    SortedMap<ResourceKey, Piece> nextListeners = listeners(next, changed);
    Map<ResourceKey, Piece> nextPools = pools(next, changed);
    boolean sameListeners = nextListeners == listeners;
    if (sameListeners && nextPools == pools) {
      return new Catalog(next, listeners, pools, contents, true).keeping(contents);
    }
    if (sameListeners && nextPools.keySet().equals(pools.keySet())) {
      Map<ResourceKey, Piece> others = new HashMap<>();
      nextPools.forEach((key, piece) -> {
        if (pools.get(key) != piece) {
          others.put(key, piece);
        }
      });
      Catalog made = new Catalog(next, nextListeners, nextPools, Map.of(), true);
      contents.forEach((selection, content) -> {
        Map<ResourceKey, Piece> concerned = new HashMap<>(others);
        concerned.keySet().retainAll(content.pieces().keySet());
        made.contents.put(selection, concerned.isEmpty() ? content : content.with(concerned));
      });
      return made;
    }
    return new Catalog(next, nextListeners, nextPools, contents, sameListeners);
  }

  private Catalog keeping(Map<List<ResourceKey>, Content> known) {
    contents.putAll(known);
    return this;
  }

  private static Set<ResourceKey> changed(Config before, Config after) {
    Set<ResourceKey> changed = new HashSet<>();
    after
        .resources()
        .forEach((key, resource) -> {
          if (!resource.equals(before.resources().get(key))) {
            changed.add(key);
          }
        });
    before.resources().keySet().stream()
        .filter(key -> !after.resources().containsKey(key))
        .forEach(changed::add);
    return changed;
  }

  private Map<ResourceKey, Piece> pools(Config next, Set<ResourceKey> changed) {
    Map<ResourceKey, Piece> after = new HashMap<>(pools);
    boolean other = false;
    for (ResourceKey key : changed) {
      if (key.kind() == Kind.POOL) {
        other |= put(after, key, next.get(key).map(Catalog::pool).orElse(null));
      }
    }
    return other ? after : pools;
  }

  private SortedMap<ResourceKey, Piece> listeners(Config next, Set<ResourceKey> changed) {
    Set<ResourceKey> concerned = new HashSet<>();
    for (ResourceKey key : changed) {
      switch (key.kind()) {
        case LISTENER -> concerned.add(key);
        case ROUTE ->
            Stream.concat(config.get(key).stream(), next.get(key).stream())
                .flatMap(route -> route.getRoute().getSpec().getListenersList().stream())
                .map(ResourceKey::listener)
                .forEach(concerned::add);
        case POOL, ROLLOUT, SCALER, AGENT -> {}
      }
    }
    if (concerned.isEmpty()) {
      return listeners;
    }
    Map<String, List<RouteRule>> rules = rules(next);
    SortedMap<ResourceKey, Piece> after = new TreeMap<>(listeners);
    boolean other = false;
    for (ResourceKey key : concerned) {
      other |=
          put(
              after,
              key,
              next.get(key)
                  .map(listener -> listener(listener, rules.getOrDefault(key.name(), List.of())))
                  .orElse(null));
    }
    return other ? after : listeners;
  }

  /** Returns whether it is another one than before. */
  private static boolean put(
      Map<ResourceKey, Piece> pieces, ResourceKey key, @Nullable Resource now) {
    if (now == null) {
      return pieces.remove(key) != null;
    }
    Piece before = pieces.get(key);
    if (before != null && before.resource().equals(now)) {
      return false;
    }
    pieces.put(key, new Piece(key, now));
    return true;
  }

  private static Map<String, List<RouteRule>> rules(Config config) {
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
    return rules;
  }

  private static Resource pool(Resource pool) {
    return bare(pool).setPool(Pool.newBuilder().setSpec(pool.getPool().getSpec())).build();
  }

  private static Resource listener(Resource listener, List<RouteRule> rules) {
    Listener.Builder with = Listener.newBuilder().setSpec(listener.getListener().getSpec());
    with.getSpecBuilder().addAllRoutes(rules);
    return bare(listener).setListener(with).build();
  }

  private static Resource.Builder bare(Resource resource) {
    return Resource.newBuilder()
        .setMetadata(Metadata.newBuilder().setName(resource.getMetadata().getName()));
  }

  /** Whether {@link #selection} is for all labels what it was in the catalog before. */
  boolean selectsAsBefore() {
    return selectsAsBefore;
  }

  /** The listeners that select an agent with {@code labels}. */
  List<ResourceKey> selection(Map<String, String> labels) {
    return listeners.values().stream()
        .filter(listener ->
            labels
                .entrySet()
                .containsAll(listener.resource().getListener().getSpec().getAgentsMap().entrySet()))
        .map(Piece::key)
        .toList();
  }

  /** Of these listeners and the pools that they name; equal ones are the same one. */
  Content content(List<ResourceKey> selection) {
    return contents.computeIfAbsent(selection, this::make);
  }

  /** What an agent with {@code labels} runs. */
  public Content content(Map<String, String> labels) {
    return content(selection(labels));
  }

  private Content make(List<ResourceKey> selection) {
    SortedMap<ResourceKey, Piece> pieces = new TreeMap<>();
    for (ResourceKey key : selection) {
      Piece listener = listeners.get(key);
      if (listener == null) {
        continue;
      }
      pieces.put(key, listener);
      named(listener.resource().getListener().getSpec())
          .map(ResourceKey::pool)
          .forEach(pool -> {
            Piece found = pools.get(pool);
            if (found != null) {
              pieces.put(pool, found);
            }
          });
    }
    Content earlier = before.get(selection);
    return earlier != null && earlier.isOf(pieces) ? earlier : new Content(pieces);
  }

  private static Stream<String> named(ListenerSpec spec) {
    return Stream.concat(
        Stream.of(spec.getPool()).filter(pool -> !pool.isEmpty()),
        spec.getRoutesList().stream().map(RouteRule::getPool));
  }
}
