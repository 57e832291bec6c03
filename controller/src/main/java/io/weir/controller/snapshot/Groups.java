package io.weir.controller.snapshot;

import io.weir.controller.model.Config;
import java.util.HashMap;
import java.util.Map;

/**
 * All groups of agents. What they run is worked out once for each, and shared where it is the same;
 * an update costs what it changes. For one thread at a time.
 */
public final class Groups {
  private final Map<Map<String, String>, Group> groups = new HashMap<>();
  private Catalog catalog = Catalog.EMPTY;
  private final Seen seen = new Seen();
  private long revision = 1;

  /** The group of these labels, with one member more. */
  public Group join(Map<String, String> labels) {
    Group group =
        groups.computeIfAbsent(
            Map.copyOf(labels), shared -> new Group(shared, catalog, revision, seen));
    group.join();
    return group;
  }

  public void leave(Group group) {
    if (group.leave()) {
      groups.remove(group.labels());
    }
  }

  /** From now on they run what {@code config} has for them. */
  public void update(Config config) {
    catalog = catalog.next(config);
    revision = Math.max(1, config.revision());
    seen.add(revision);
    groups.values().forEach(group -> group.update(catalog, revision));
  }

  public int size() {
    return groups.size();
  }
}
