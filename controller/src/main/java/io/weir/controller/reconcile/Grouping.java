package io.weir.controller.reconcile;

import io.weir.controller.snapshot.Group;
import io.weir.controller.snapshot.Groups;
import java.util.Collections;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Which agents are to run the same, by their labels and by the staged changes that they are to run,
 * and up to which revision of the store that is known. Confined to the loop's thread.
 */
final class Grouping {
  private final Groups groups = new Groups();

  /** Up to which revision what was found for staged changes has been seen. */
  private long sought;

  private @Nullable Image image;

  /** Returns whether other changes are staged than before: agents that are in a group join anew. */
  @SuppressWarnings("ReferenceEquality") // an image shares what did not change
  boolean update(Image next) {
    Image before = image;
    image = next;
    boolean staged = before == null || next.staging() != before.staging();
    if (before == null
        || next.offered() != before.offered()
        || next.found() != before.found()
        || staged) {
      sought = Math.max(sought, next.lastSought());
      groups.update(
          next.offered().revision() < sought
              ? next.offered().with(sought, Map.of())
              : next.offered(),
          next::over);
    }
    return staged;
  }

  /** Of the store, as far as it was seen; 0: not at all. */
  long revision() {
    return image == null ? 0 : image.revision();
  }

  /** The group that it is in, or else {@link #join joins}. */
  Group of(AgentEntry entry) {
    return entry.group == null ? join(entry) : entry.group;
  }

  /** The group of its labels, and of the staged changes that it is to run, as they are now. */
  Group join(AgentEntry entry) {
    Group before = entry.group;
    SortedSet<Long> staged =
        image == null
            ? Collections.emptySortedSet()
            : image.staging().of(entry.name, entry.labels());
    if (before != null
        && before.labels().equals(entry.labels())
        && before.staged().equals(staged)) {
      return before;
    }
    Group now = groups.join(entry.labels(), staged);
    entry.group = now;
    if (before != null) {
      groups.leave(before);
    }
    if (image != null
        && before != null
        && !before.staged().equals(staged)
        && entry.connection != null) {
      // The revision at which this became so is after whatever it was told before.
      entry.connection.cameWith = Math.max(entry.connection.cameWith, image.revision());
    }
    return now;
  }

  /** It is no agent any more. */
  void leave(AgentEntry entry) {
    if (entry.group != null) {
      groups.leave(entry.group);
    }
  }

  /** Whether endpoints are searched for on behalf of what is staged for the group alone. */
  boolean isSought(Group group) {
    return image != null && image.staging().finds(group.staged());
  }
}
