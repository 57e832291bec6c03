package io.weir.agent.balance;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool.Balance;
import java.util.List;
import java.util.Optional;

/**
 * One pick: all that decided it, and what came of it.
 *
 * @param seed all randomness of the pick
 * @param hash of the request's key; 0: there is none, or it was not asked for
 * @param token of the request's cookie; likewise
 * @param tiers in the order in which they serve
 * @param considered every endpoint of the pool, in its order
 * @param picked an address; empty: there was none to pick
 */
public record Explanation(
    String pool,
    Balance balance,
    long seed,
    long hash,
    long token,
    List<TierLoad> tiers,
    List<Considered> considered,
    Optional<String> picked) {
  public Explanation {
    tiers = List.copyOf(tiers);
    considered = List.copyOf(considered);
  }

  /**
   * @param local endpoints of the agent's zone, where it is preferred
   * @param panic whatever their health
   * @param percent of the picks that begin here
   */
  public record TierLoad(int priority, boolean local, boolean panic, int percent) {}

  /**
   * One endpoint as the pick found it.
   *
   * @param weight in this pick; 0: none
   * @param outstanding requests of the same event loop under way
   * @param elsewhere likewise of other loops and agents, as far as known
   * @param expectedNanos how long an answer seemed to take
   * @param due by policies that take turns: who is earlier has less
   * @param tier index; -1: in none
   * @param token what a cookie says of it; 0: nothing
   * @param excluded why it was not to be taken
   */
  public record Considered(
      Endpoint endpoint,
      Health health,
      double weight,
      int outstanding,
      int elsewhere,
      double expectedNanos,
      double due,
      int tier,
      boolean tried,
      long token,
      Optional<Exclusion> excluded) {}

  Explanation withPicked(Optional<String> address) {
    return new Explanation(pool, balance, seed, hash, token, tiers, considered, address);
  }

  /** Picks again, from nothing but what is written here. */
  public Optional<String> replay() {
    return new Replay(this).pick();
  }
}
