package io.weir.controller.snapshot;

import io.weir.controller.model.ResourceKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The agents of equal labels that run the same staged changes: what they should run, and what they
 * should have run before.
 */
public final class Group {
  private static final int KEPT = 16;

  private final Map<String, String> labels;
  private final SortedSet<Long> staged;
  private final UnaryOperator<Catalog> over;
  private final String scope;
  private List<ResourceKey> selection;
  private AgentSnapshot current;

  // By the revision at which it was first seen.
  private final NavigableMap<Long, AgentSnapshot> lately = new TreeMap<>();

  // From the history.
  private final LinkedHashMap<Long, AgentSnapshot> recalled = new LinkedHashMap<>();
  private final Seen seen;
  private int members;

  /**
   * @param catalog with the staged changes on it
   * @param over lays them over another one
   */
  Group(
      Map<String, String> labels,
      SortedSet<Long> staged,
      Catalog catalog,
      UnaryOperator<Catalog> over,
      long revision,
      Seen seen) {
    this.labels = labels;
    this.staged = staged;
    this.over = over;
    this.seen = seen;
    this.scope = Scopes.of(labels, staged);
    this.selection = catalog.selection(labels);
    this.current = new AgentSnapshot(revision, scope, catalog.content(selection), staged);
    lately.put(revision, current);
  }

  public Map<String, String> labels() {
    return labels;
  }

  /** Numbers of the staged changes that its agents run. */
  public SortedSet<Long> staged() {
    return staged;
  }

  /** Stands for the labels and the staged changes. */
  public String scope() {
    return scope;
  }

  /** Of the revision at which it last changed, as far as is known here. */
  public AgentSnapshot current() {
    return current;
  }

  /**
   * What an agent of this group that ran {@code revision} had. Several changes may have been seen
   * together here, and another controller may have told an agent of one of them: of what was
   * between two revisions that were seen nothing is said.
   *
   * @param revision none that is above the newest of the configuration that is known here
   * @return empty when only the history can tell
   */
  public Optional<AgentSnapshot> at(long revision) {
    Map.Entry<Long, AgentSnapshot> then = seen.has(revision) ? lately.floorEntry(revision) : null;
    return then == null
        ? Optional.ofNullable(recalled.get(revision))
        : Optional.of(then.getValue().at(revision));
  }

  /**
   * The history has told what {@link #at} that revision was.
   *
   * @param past as it was declared
   */
  public AgentSnapshot recall(long revision, Catalog past) {
    Content then = over.apply(past).content(labels);
    AgentSnapshot snapshot =
        new AgentSnapshot(
            revision, scope, then.equals(current.content()) ? current.content() : then, staged);
    recalled.put(revision, snapshot);
    if (recalled.size() > KEPT) {
      recalled.pollFirstEntry();
    }
    return snapshot;
  }

  void update(Catalog next, long revision) {
    if (!next.selectsAsBefore()) {
      selection = next.selection(labels);
    }
    Content content = next.content(selection);
    if (!content.equals(current.content())) {
      current = new AgentSnapshot(revision, scope, content, staged);
      lately.put(revision, current);
      if (lately.size() > KEPT) {
        lately.pollFirstEntry();
      }
    }
  }

  void join() {
    members++;
  }

  /** Returns whether it was the last one. */
  boolean leave() {
    members--;
    return members == 0;
  }
}
