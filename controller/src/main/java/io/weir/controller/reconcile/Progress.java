package io.weir.controller.reconcile;

import io.weir.v1.AwaitProgress;
import io.weir.v1.AwaitProgress.RejectedBy;
import io.weir.v1.Violation;
import java.util.Collection;
import java.util.List;

/** How far a revision has come among the agents. Pure. */
final class Progress {
  /** Names told, of those that refused and of those that have not answered. */
  private static final int NAMED = 10;

  private static final int MAX_VIOLATIONS = 3;

  private Progress() {}

  /** How one agent stands. */
  sealed interface Standing {
    String agent();

    /** Connected, and runs what it should as of {@code revision} of the store. */
    record Current(String agent, long revision) implements Standing {}

    /** Connected, and has been sent something that it has not answered, or is about to be. */
    record Behind(String agent) implements Standing {}

    /** Connected, and refused what it should run. */
    record Rejecting(String agent, long revision, List<Violation> violations) implements Standing {
      public Rejecting {
        violations = List.copyOf(violations);
      }
    }

    /** Known, but not connected. */
    record Stale(String agent) implements Standing {}
  }

  /**
   * @param percent of the connected agents, 1 to 100. While none is connected, but some are known,
   *     the revision is not reached.
   */
  static AwaitProgress of(Collection<Standing> standings, long revision, int percent) {
    AwaitProgress.Builder progress = AwaitProgress.newBuilder().setRevision(revision);
    int current = 0;
    int rejected = 0;
    int stale = 0;
    for (Standing standing : standings) {
      switch (standing) {
        case Standing.Current(String agent, long seen) -> {
          if (seen >= revision) {
            current++;
          } else {
            pending(progress, agent);
          }
        }
        case Standing.Behind(String agent) -> pending(progress, agent);
        case Standing.Rejecting rejecting -> {
          rejected++;
          if (progress.getRefusalsCount() < NAMED) {
            progress.addRefusals(refusal(rejecting));
          }
        }
        case Standing.Stale _ -> stale++;
      }
    }
    int connected = standings.size() - stale;
    long asked = ((long) connected * percent + 99) / 100;
    return progress
        .setConnected(connected)
        .setCurrent(current)
        .setRejected(rejected)
        .setStale(stale)
        .setReached(connected > 0 ? current >= asked : stale == 0)
        .build();
  }

  private static void pending(AwaitProgress.Builder progress, String agent) {
    if (progress.getPendingCount() < NAMED) {
      progress.addPending(agent);
    }
  }

  private static RejectedBy refusal(Standing.Rejecting rejecting) {
    return RejectedBy.newBuilder()
        .setAgent(rejecting.agent())
        .setRevision(rejecting.revision())
        .addAllViolations(rejecting.violations().stream().limit(MAX_VIOLATIONS).toList())
        .build();
  }
}
