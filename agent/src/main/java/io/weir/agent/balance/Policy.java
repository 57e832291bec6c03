package io.weir.agent.balance;

import io.weir.agent.model.Pool.Balance;
import org.jspecify.annotations.Nullable;

/** How to choose one of the members of a tier. What outlives the tier is with the members. */
sealed interface Policy
    permits RoundRobin, LeastConnections, RandomByWeight, PowerOfTwo, LeastLatency, HashByKey {
  /** What a policy is made from. */
  @SuppressWarnings("ArrayRecordComponent") // made and read here only
  record Making(Balance balance, Candidate[] pool, Tables tables, Memory memory, long now) {}

  /** By priority. */
  interface Tables {
    KeyTable of(int priority);
  }

  static Policy of(Tier tier, Making making) {
    Candidate[] members = tier.members();
    Memory memory = making.memory();
    return switch (making.balance()) {
      case Balance.RoundRobin() -> RoundRobin.of(members, memory);
      case Balance.LeastConnections() -> new LeastConnections(members, memory, making.now());
      case Balance.Random() -> new RandomByWeight(members);
      case Balance.PowerOfTwo() -> new PowerOfTwo(members);
      case Balance.LeastLatency() -> new LeastLatency(members);
      case Balance.Hash hash ->
          new HashByKey(
              tier, making.pool(), making.tables().of(tier.priority()), hash.boundPercent());
    };
  }

  /**
   * @param seed of this pick
   * @param hash of the request's key; 0: it has none
   * @return null: all have been tried
   */
  @Nullable Candidate choose(long seed, long hash, long now);

  /** Of policies that take turns, in an order of their own: who is earlier has less. */
  default double due(Candidate member) {
    return 0;
  }

  /** One that has not been tried, if there is any. */
  static @Nullable Candidate anyUntried(Candidate[] members, long seed) {
    int at = Mix.below(Mix.number(seed, 0), members.length);
    for (int i = 0; i < members.length; i++) {
      Candidate member = members[at];
      if (!member.tried()) {
        return member;
      }
      at = at + 1 < members.length ? at + 1 : 0;
    }
    return null;
  }
}
