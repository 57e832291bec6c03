package io.weir.controller.session;

import io.weir.controller.snapshot.AgentSnapshot;
import io.weir.v1.Violation;
import java.util.List;

/** What happens to a session. Acks and nacks are of this controller's epoch and term. */
public sealed interface SessionEvent {
  /** What the agent should run, whether it changed or not. */
  record Desired(AgentSnapshot snapshot) implements SessionEvent {}

  record Acked(long revision) implements SessionEvent {}

  record Nacked(long revision, List<Violation> violations) implements SessionEvent {
    public Nacked {
      violations = List.copyOf(violations);
    }

    /** Names neither resource nor field: the agent does not hold what the delta was made for. */
    boolean wantsWhole() {
      return violations.stream()
          .anyMatch(v -> v.getResource().getKind().isEmpty() && v.getField().isEmpty());
    }
  }
}
