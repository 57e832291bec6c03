package io.weir.agent.control;

import io.weir.agent.model.Refusal;
import io.weir.agent.model.Snapshot;
import java.util.List;

/** What became of a snapshot message. */
public sealed interface Compilation {
  record Compiled(Snapshot snapshot) implements Compilation {}

  /** Everything that this agent cannot run, at least one. */
  record Refused(List<Refusal> refusals) implements Compilation {
    public Refused {
      refusals = List.copyOf(refusals);
      if (refusals.isEmpty()) {
        throw new IllegalArgumentException("refused for no reason");
      }
    }
  }
}
