package io.weir.controller.snapshot;

import io.weir.controller.model.Config;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * All groups of agents. What they run is worked out once for each, and shared where it is the same;
 * an update costs what it changes. For one thread at a time.
 */
public final class Groups {
  private record Key(Map<String, String> labels, SortedSet<Long> staged) {}

  private final Map<Key, Group> groups = new HashMap<>();

  /** By the staged changes on them. */
  private final Map<SortedSet<Long>, Catalog> catalogs = new HashMap<>();

  private final Seen seen = new Seen();
  private Overlay overlay = (declared, _) -> declared;
  private long revision = 1;

  /** Lays staged changes over what is declared; of one number always the same. */
  @FunctionalInterface
  public interface Overlay {
    Config over(Config declared, Collection<Long> numbers);
  }

  public Groups() {
    catalogs.put(Collections.emptySortedSet(), Catalog.EMPTY);
  }

  /** The group of these labels where nothing is staged, with one member more. */
  public Group join(Map<String, String> labels) {
    return join(labels, Collections.emptySortedSet());
  }

  /** The group of these labels and staged changes, with one member more. */
  public Group join(Map<String, String> labels, SortedSet<Long> staged) {
    SortedSet<Long> numbers = Collections.unmodifiableSortedSet(new TreeSet<>(staged));
    Group group =
        groups.computeIfAbsent(
            new Key(Map.copyOf(labels), numbers),
            key ->
                new Group(
                    key.labels(),
                    numbers,
                    catalogs.computeIfAbsent(numbers, _ -> over(declared(), numbers)),
                    past -> over(past, numbers),
                    revision,
                    seen));
    group.join();
    return group;
  }

  private Catalog declared() {
    return catalogs.getOrDefault(Collections.emptySortedSet(), Catalog.EMPTY);
  }

  private Catalog over(Catalog declared, SortedSet<Long> numbers) {
    return numbers.isEmpty() ? declared : declared.with(config -> overlay.over(config, numbers));
  }

  public void leave(Group group) {
    if (group.leave()) {
      groups.remove(new Key(group.labels(), group.staged()));
    }
  }

  /** From now on they run what {@code config} has for them. */
  public void update(Config config) {
    update(config, overlay);
  }

  /** From now on they run what {@code config}, with what is staged, has for them. */
  public void update(Config config, Overlay staged) {
    overlay = staged;
    revision = Math.max(1, config.revision());
    seen.add(revision);
    catalogs.keySet().removeIf(numbers -> !numbers.isEmpty() && isUnused(numbers));
    catalogs.replaceAll((numbers, catalog) -> catalog.next(overlay.over(config, numbers)));
    groups
        .values()
        .forEach(group -> {
          Catalog catalog = catalogs.get(group.staged());
          if (catalog != null) {
            group.update(catalog, revision);
          }
        });
  }

  private boolean isUnused(SortedSet<Long> numbers) {
    return groups.values().stream().noneMatch(group -> group.staged().equals(numbers));
  }

  public int size() {
    return groups.size();
  }
}
