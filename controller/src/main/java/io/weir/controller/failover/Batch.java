package io.weir.controller.failover;

import io.weir.v1.Decision;
import io.weir.v1.PoolAvailability;
import java.util.List;

/**
 * What is to be written, all of it or nothing, before it takes effect.
 *
 * @param changes of what is recorded of pools, in order
 * @param nextNumber that no decision has had
 * @param availability of pools, to be kept besides
 */
public record Batch(
    List<Decision> decisions,
    List<Change> changes,
    long nextNumber,
    List<PoolAvailability> availability) {
  public Batch {
    decisions = List.copyOf(decisions);
    changes = List.copyOf(changes);
    availability = List.copyOf(availability);
  }
}
