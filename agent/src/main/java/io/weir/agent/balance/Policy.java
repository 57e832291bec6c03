package io.weir.agent.balance;

import io.weir.agent.model.Pool.Balance;
import org.jspecify.annotations.Nullable;

/** How to choose one of the members of a tier. What outlives the tier is with the members. */
sealed interface Policy
    permits RoundRobin, LeastConnections, RandomByWeight, PowerOfTwo, LeastLatency {
  /** {@code members}: at least one, each in the slot that it says. */
  static Policy of(Balance balance, Candidate[] members, Memory memory, long now) {
    return switch (balance) {
      case Balance.RoundRobin() -> RoundRobin.of(members, memory);
      case Balance.LeastConnections() -> new LeastConnections(members, memory, now);
      case Balance.Random() -> new RandomByWeight(members);
      case Balance.PowerOfTwo() -> new PowerOfTwo(members);
      case Balance.LeastLatency() -> new LeastLatency(members);
    };
  }

  /**
   * @param seed of this pick
   * @param hash of the request's key; 0: it has none
   * @return null: all have been tried
   */
  @Nullable Candidate choose(long seed, long hash, long now);

  /** One that has not been tried, if there is any. */
  static @Nullable Candidate anyUntried(Candidate[] members, long seed) {
    int at = Mix.below(Mix.number(seed, 0), members.length);
    for (int i = 0; i < members.length; i++) {
      Candidate member = members[at];
      if (!member.tried) {
        return member;
      }
      at = at + 1 < members.length ? at + 1 : 0;
    }
    return null;
  }
}
