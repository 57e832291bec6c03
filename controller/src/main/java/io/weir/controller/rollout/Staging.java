package io.weir.controller.rollout;

import io.weir.controller.model.Config;
import io.weir.controller.model.Found;
import io.weir.controller.model.ResourceKey;
import io.weir.v1.Discovery;
import io.weir.v1.Resource;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The staged changes that the store has, those that are over among them: an immutable image. What a
 * change is does not change while it goes out, so that its number and a revision of the
 * configuration say what its agents run.
 *
 * @param all by number
 */
public record Staging(SortedMap<Long, Staged> all) {
  public static final Staging NONE = new Staging(new TreeMap<>());

  public Staging {
    all = Collections.unmodifiableSortedMap(new TreeMap<>(all));
  }

  public Optional<Staged> get(long number) {
    return Optional.ofNullable(all.get(number));
  }

  /** Those that are not over, by number. */
  public List<Staged> active() {
    return all.values().stream().filter(staged -> !staged.isOver()).toList();
  }

  /** Numbers of those that an agent runs. */
  public SortedSet<Long> of(String agent, Map<String, String> labels) {
    SortedSet<Long> numbers = new TreeSet<>();
    for (Staged staged : active()) {
      if (Cohort.includes(staged.change(), agent, labels)) {
        numbers.add(staged.number());
      }
    }
    return numbers;
  }

  /** The active one that changes {@code key}. */
  public Optional<Staged> touching(ResourceKey key) {
    return active().stream().filter(staged -> staged.keys().contains(key)).findFirst();
  }

  /** What runs where all of these are laid over what is declared; unknown ones are left out. */
  public Config over(Config declared, Collection<Long> numbers) {
    Map<ResourceKey, Optional<Resource>> changes = new TreeMap<>();
    for (long number : numbers) {
      get(number).ifPresent(staged -> changes.putAll(staged.changes()));
    }
    return changes.isEmpty() ? declared : declared.with(declared.revision(), changes);
  }

  /** As {@link #over(Config, Collection)}, of all that are active. */
  public Config over(Config declared) {
    return over(declared, active().stream().map(Staged::number).toList());
  }

  /**
   * Whether any of these changes a pool whose endpoints are found: what was found when is not told.
   */
  public boolean finds(Collection<Long> numbers) {
    return numbers.stream()
        .flatMap(number -> get(number).stream())
        .flatMap(staged -> staged.change().getResourcesList().stream())
        .anyMatch(resource -> resource.getPool().getSpec().hasDiscovery());
  }

  /**
   * What the active changes want found that is not found already, by what it is kept under: so that
   * agents of a cohort have endpoints of a pool before it is declared.
   */
  public Map<String, Sought> sought(Config declared) {
    Map<String, Sought> sought = new TreeMap<>();
    for (Staged staged : active()) {
      for (Resource resource : staged.change().getResourcesList()) {
        String pool = resource.getMetadata().getName();
        Optional<Discovery> wanted = discovery(resource);
        if (wanted.isPresent()
            && !wanted.equals(declared.get(ResourceKey.pool(pool)).flatMap(Staging::discovery))) {
          sought.put(
              Found.staged(pool, staged.number()), new Sought(pool, staged.number(), wanted.get()));
        }
      }
    }
    return sought;
  }

  private static Optional<Discovery> discovery(Resource resource) {
    return resource.getPool().getSpec().hasDiscovery()
        ? Optional.of(resource.getPool().getSpec().getDiscovery())
        : Optional.empty();
  }

  /** This one with what was written; empty: gone. */
  public Staging with(Map<Long, Optional<Staged>> written) {
    SortedMap<Long, Staged> next = new TreeMap<>(all);
    written.forEach((number, staged) ->
        staged.ifPresentOrElse(now -> next.put(number, now), () -> next.remove(number)));
    return new Staging(next);
  }
}
