package io.weir.agent.balance;

import org.jspecify.annotations.Nullable;

/**
 * The one with the fewest requests under way for its weight, as far as this agent knows. Equals
 * take turns by weight, so that an idle pool is not always entered by the same door.
 */
final class LeastConnections implements Policy {
  private final Memory memory;
  private final LoadHeap heap;

  LeastConnections(Candidate[] members, Memory memory, long now) {
    this.memory = memory;
    Turns.resume(members, memory);
    heap = new LoadHeap(members, now);
  }

  @Override
  public double due(Candidate member) {
    return member.turn;
  }

  @Override
  public @Nullable Candidate choose(long seed, long hash, long now) {
    heap.look(now);
    Candidate least = heap.least();
    if (least != null) {
      memory.turn = Math.max(memory.turn, least.turn);
      least.turn = memory.turn + least.inverse();
    }
    return least;
  }
}
