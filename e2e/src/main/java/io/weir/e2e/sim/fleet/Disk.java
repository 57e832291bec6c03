package io.weir.e2e.sim.fleet;

import io.weir.v1.Snapshot;
import org.jspecify.annotations.Nullable;

/** What of an agent outlives its process. */
final class Disk {
  @Nullable Snapshot lastGood;

  /** Processes so far. */
  int processes;
}
