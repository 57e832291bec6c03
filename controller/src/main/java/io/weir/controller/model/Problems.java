package io.weir.controller.model;

import io.weir.v1.ResourceRef;
import io.weir.v1.Violation;
import java.util.ArrayList;
import java.util.List;

/** Collects violations; past the cap it only counts them. */
final class Problems {
  private final int cap;
  private final List<Violation> found = new ArrayList<>();
  private int more;

  Problems(int cap) {
    this.cap = cap;
  }

  void add(ResourceRef resource, String field, String reason) {
    if (found.size() < cap) {
      found.add(
          Violation.newBuilder().setResource(resource).setField(field).setReason(reason).build());
    } else {
      more++;
    }
  }

  /** What is wrong with one resource, said through a shorter call. */
  On on(ResourceRef resource) {
    return (field, reason) -> add(resource, field, reason);
  }

  List<Violation> all() {
    List<Violation> all = new ArrayList<>(found);
    if (more > 0) {
      all.add(
          Violation.newBuilder()
              .setReason(more + " more violations are not shown; fix these first")
              .build());
    }
    return List.copyOf(all);
  }

  @FunctionalInterface
  interface On {
    void add(String field, String reason);

    /** {@code value} must be within the bounds. */
    default void range(String field, long value, long least, long most) {
      if (value < least || value > most) {
        add(field, "must be %d to %d, is %d".formatted(least, most, value));
      }
    }
  }
}
