package io.weir.controller.model;

import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Everything declared, at one revision: an immutable image.
 *
 * @param revision of the last write to any of it; 0 when nothing was ever written
 * @param resources without status, {@code metadata.revision} set
 */
public record Config(long revision, SortedMap<ResourceKey, Resource> resources) {
  public static final Config EMPTY = new Config(0, new TreeMap<>());

  public Config {
    resources = Collections.unmodifiableSortedMap(new TreeMap<>(resources));
  }

  public Optional<Resource> get(ResourceKey key) {
    return Optional.ofNullable(resources.get(key));
  }

  /** All of one kind, by name. */
  public Stream<Resource> of(Kind kind) {
    return resources.entrySet().stream()
        .filter(entry -> entry.getKey().kind() == kind)
        .map(Map.Entry::getValue);
  }

  /** What is wanted of each pool, by its name. */
  public Map<String, PoolSpec> pools() {
    Map<String, PoolSpec> pools = new HashMap<>();
    of(Kind.POOL)
        .forEach(pool -> pools.put(pool.getMetadata().getName(), pool.getPool().getSpec()));
    return pools;
  }

  /** Names of all of one kind, sorted. */
  public Stream<String> names(Kind kind) {
    return resources.keySet().stream().filter(key -> key.kind() == kind).map(ResourceKey::name);
  }

  /**
   * This image at {@code revision}, with each change put in: the new resource, or empty for gone.
   */
  public Config with(long revision, Map<ResourceKey, Optional<Resource>> changes) {
    SortedMap<ResourceKey, Resource> next = new TreeMap<>(resources);
    changes.forEach((key, change) ->
        change.ifPresentOrElse(resource -> next.put(key, resource), () -> next.remove(key)));
    return new Config(revision, next);
  }
}
