package io.weir.controller.snapshot;

import io.weir.controller.model.Kind;
import io.weir.controller.model.ResourceKey;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What some agents run: Listeners with all their rules, and Pools, by key. Shared by all agents
 * that run it, so that most comparisons are of references; a hash tells the others apart. For one
 * thread at a time.
 */
public final class Content {
  private final SortedMap<ResourceKey, Piece> pieces;
  private @Nullable Set<String> pools;
  private int hash;

  Content(SortedMap<ResourceKey, Piece> pieces) {
    this.pieces = Collections.unmodifiableSortedMap(pieces);
  }

  public SortedMap<ResourceKey, Piece> pieces() {
    return pieces;
  }

  /** Their names. */
  public Set<String> pools() {
    if (pools == null) {
      pools =
          pieces.keySet().stream()
              .filter(key -> key.kind() == Kind.POOL)
              .map(ResourceKey::name)
              .collect(Collectors.toUnmodifiableSet());
    }
    return pools;
  }

  /** This one with pieces of the same keys in place of its own. */
  Content with(Map<ResourceKey, Piece> changed) {
    SortedMap<ResourceKey, Piece> next = new TreeMap<>(pieces);
    next.putAll(changed);
    Content made = new Content(next);
    made.pools = pools;
    return made;
  }

  /** Whether it is made of the very same pieces. */
  @SuppressWarnings("ReferenceEquality")
  boolean isOf(SortedMap<ResourceKey, Piece> others) {
    return pieces.size() == others.size()
        && others.entrySet().stream()
            .allMatch(each -> pieces.get(each.getKey()) == each.getValue());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || other instanceof Content that
            && hashCode() == that.hashCode()
            && pieces.equals(that.pieces);
  }

  @Override
  public int hashCode() {
    if (hash == 0) {
      hash = pieces.hashCode();
    }
    return hash;
  }

  @Override
  public String toString() {
    return pieces.keySet().toString();
  }
}
