package io.weir.controller.rollout;

import io.weir.controller.model.ResourceKey;
import io.weir.v1.Resource;
import io.weir.v1.ResourceRef;
import io.weir.v1.RolloutState;
import io.weir.v1.StagedChange;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A staged change as the store has it.
 *
 * @param change without progress
 * @param revision at which the store last saw it written
 */
public record Staged(StagedChange change, long revision) {
  public long number() {
    return change.getNumber();
  }

  public boolean isOver() {
    return isOver(change);
  }

  public static boolean isOver(StagedChange change) {
    return switch (change.getState()) {
      case ROLLOUT_STATE_COMMITTED, ROLLOUT_STATE_ROLLED_BACK, ROLLOUT_STATE_ABORTED -> true;
      case ROLLOUT_STATE_PENDING,
          ROLLOUT_STATE_PUSHING,
          ROLLOUT_STATE_BAKING,
          ROLLOUT_STATE_UNSPECIFIED,
          UNRECOGNIZED ->
          false;
    };
  }

  /** As it is shown: with the revision at which it was declared, if it was. */
  public StagedChange shown() {
    return change.getState() == RolloutState.ROLLOUT_STATE_COMMITTED
        ? change.toBuilder().setRevision(revision).build()
        : change;
  }

  /** What is to become of each resource that it changes; empty: it is to go. */
  public Map<ResourceKey, Optional<Resource>> changes() {
    Map<ResourceKey, Optional<Resource>> changes = new LinkedHashMap<>();
    for (Resource resource : change.getResourcesList()) {
      ResourceKey.of(resource).ifPresent(key -> changes.put(key, Optional.of(resource)));
    }
    for (ResourceRef gone : change.getDeletedList()) {
      ResourceKey.of(gone).ifPresent(key -> changes.put(key, Optional.empty()));
    }
    return changes;
  }

  public Set<ResourceKey> keys() {
    return changes().keySet();
  }
}
