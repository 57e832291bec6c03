package io.weir.controller.model;

import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import java.util.Comparator;
import java.util.Optional;

/** Names one resource; ordered by kind, then name. */
public record ResourceKey(Kind kind, String name) implements Comparable<ResourceKey> {
  /** What the store keys of agents' registrations begin with. */
  public static final String AGENTS = "agents/";

  private static final String CONFIG = "config/";
  private static final Comparator<ResourceKey> ORDER =
      Comparator.comparing(ResourceKey::kind).thenComparing(ResourceKey::name);

  public static ResourceKey pool(String name) {
    return new ResourceKey(Kind.POOL, name);
  }

  public static ResourceKey listener(String name) {
    return new ResourceKey(Kind.LISTENER, name);
  }

  public static ResourceKey route(String name) {
    return new ResourceKey(Kind.ROUTE, name);
  }

  public static ResourceKey rollout(String name) {
    return new ResourceKey(Kind.ROLLOUT, name);
  }

  public static ResourceKey scaler(String name) {
    return new ResourceKey(Kind.SCALER, name);
  }

  public static ResourceKey agent(String name) {
    return new ResourceKey(Kind.AGENT, name);
  }

  /** Empty when the resource is of a kind that this controller does not know. */
  public static Optional<ResourceKey> of(Resource resource) {
    return Kind.of(resource).map(kind -> new ResourceKey(kind, resource.getMetadata().getName()));
  }

  /** Empty when there is no such kind. */
  public static Optional<ResourceKey> of(ResourceRef ref) {
    return Kind.of(ref.getKind()).map(kind -> new ResourceKey(kind, ref.getName()));
  }

  /** {@code config/Pool/backend} or {@code agents/edge-1}. */
  public String storeKey() {
    return kind == Kind.AGENT ? AGENTS + name : CONFIG + kind.label() + "/" + name;
  }

  /** The inverse of {@link #storeKey}; empty for a key that is no resource's. */
  public static Optional<ResourceKey> parseStoreKey(String key) {
    if (key.startsWith(AGENTS)) {
      return Optional.of(agent(key.substring(AGENTS.length())));
    }
    int slash = key.indexOf('/', CONFIG.length());
    if (!key.startsWith(CONFIG) || slash < 0) {
      return Optional.empty();
    }
    return Kind.of(key.substring(CONFIG.length(), slash))
        .filter(Kind::declared)
        .map(kind -> new ResourceKey(kind, key.substring(slash + 1)));
  }

  public ResourceRef ref() {
    return ResourceRef.newBuilder().setKind(kind.label()).setName(name).build();
  }

  @Override
  public int compareTo(ResourceKey other) {
    return ORDER.compare(this, other);
  }

  /** As in a sentence: {@code Pool "backend"}. */
  @Override
  public String toString() {
    return kind.label() + " " + Syntax.quote(name);
  }
}
