package io.weir.controller.session;

import io.weir.controller.snapshot.AgentSnapshot;
import io.weir.controller.snapshot.SnapshotDelta;

/** A new state and what to do about it. */
public record Step(SessionState state, Effect effect) {

  public sealed interface Effect {
    record Nothing() implements Effect {}

    record SendSnapshot(AgentSnapshot snapshot) implements Effect {}

    record SendDelta(SnapshotDelta delta) implements Effect {}

    /** The agent broke the contract: end the stream with INVALID_ARGUMENT and this sentence. */
    record Close(String sentence) implements Effect {}
  }

  static Step stay(SessionState state) {
    return new Step(state, new Effect.Nothing());
  }
}
