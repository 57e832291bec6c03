package io.weir.controller.session;

import io.weir.controller.snapshot.AgentSnapshot;

/** A new state and what to do about it. */
public record Step(SessionState state, Effect effect) {

  public sealed interface Effect {
    record Nothing() implements Effect {}

    record SendSnapshot(AgentSnapshot snapshot) implements Effect {}

    /** What turns {@code base}, which the agent runs, into {@code next}. */
    record SendDelta(AgentSnapshot base, AgentSnapshot next) implements Effect {}

    /** The agent broke the contract: end the stream with INVALID_ARGUMENT and this sentence. */
    record Close(String sentence) implements Effect {}
  }

  static Step stay(SessionState state) {
    return new Step(state, new Effect.Nothing());
  }
}
