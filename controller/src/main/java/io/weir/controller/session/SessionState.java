package io.weir.controller.session;

import io.weir.controller.snapshot.AgentSnapshot;
import io.weir.v1.Violation;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where delivery to one connected agent stands. {@code running} is what the agent is known to run:
 * null when it runs nothing, or something this controller cannot tell. {@code since} is when the
 * state was entered.
 */
public sealed interface SessionState {
  @Nullable AgentSnapshot running();

  Instant since();

  /** It is not yet known what the agent should run. */
  record Syncing(@Nullable AgentSnapshot running, Instant since) implements SessionState {}

  /**
   * One message is on its way or being applied; nothing else is sent until it is answered.
   *
   * @param delta whether it went as a delta on {@code running}
   * @param desired the newest; another than {@code sent} when it changed meanwhile
   */
  record AwaitingAck(
      @Nullable AgentSnapshot running,
      AgentSnapshot sent,
      boolean delta,
      AgentSnapshot desired,
      Instant since)
      implements SessionState {
    boolean dirty() {
      return !sent.equals(desired);
    }
  }

  /** The agent runs what it should. */
  record Synced(AgentSnapshot running, Instant since) implements SessionState {}

  /**
   * The agent cannot run what it should, and is not asked again until that changes.
   *
   * @param violations at least one
   */
  record Rejected(
      @Nullable AgentSnapshot running,
      AgentSnapshot refused,
      List<Violation> violations,
      Instant since)
      implements SessionState {
    public Rejected {
      violations = List.copyOf(violations);
    }
  }

  /** What the agent is known to run, if so. */
  default Optional<AgentSnapshot> known() {
    return Optional.ofNullable(running());
  }
}
