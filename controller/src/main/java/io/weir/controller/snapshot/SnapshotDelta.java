package io.weir.controller.snapshot;

import io.weir.controller.model.ResourceKey;
import io.weir.v1.Resource;
import java.util.ArrayList;
import java.util.List;

/** What turns the snapshot of {@code baseRevision} into that of {@code revision}. */
public record SnapshotDelta(
    long baseRevision, long revision, List<Resource> changed, List<ResourceKey> removed) {
  public SnapshotDelta {
    changed = List.copyOf(changed);
    removed = List.copyOf(removed);
  }

  public static SnapshotDelta between(AgentSnapshot base, AgentSnapshot next) {
    List<Resource> changed = new ArrayList<>();
    next.content()
        .forEach((key, resource) -> {
          if (!resource.equals(base.content().get(key))) {
            changed.add(resource);
          }
        });
    List<ResourceKey> removed =
        base.content().keySet().stream().filter(key -> !next.content().containsKey(key)).toList();
    return new SnapshotDelta(base.revision(), next.revision(), changed, removed);
  }
}
