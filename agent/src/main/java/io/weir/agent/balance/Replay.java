package io.weir.agent.balance;

import io.weir.agent.balance.Explanation.Considered;
import io.weir.agent.balance.Explanation.TierLoad;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool.Balance;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A pick made again. Who takes turns is found by looking at everybody; what is drawn is drawn by
 * the policy itself from the same seed.
 */
final class Replay {
  private final Explanation of;

  Replay(Explanation of) {
    this.of = of;
  }

  Optional<String> pick() {
    if (of.token() != 0) {
      for (Considered one : of.considered()) {
        if (one.token() == of.token() && isUsable(one)) {
          return Optional.of(one.endpoint().address());
        }
      }
    }
    for (int tier : order()) {
      Endpoint chosen = choose(tier);
      if (chosen != null) {
        return Optional.of(chosen.address());
      }
    }
    return Optional.empty();
  }

  private static boolean isUsable(Considered one) {
    return PoolMembers.isOffered(one.endpoint())
        && one.health() != Health.UNHEALTHY
        && one.excluded().filter(Exclusion.BelowFloor.class::isInstance).isEmpty()
        && !one.tried();
  }

  /** Of tiers: the one that the seed says, then the others. */
  private List<Integer> order() {
    List<Integer> order = new ArrayList<>();
    int at = EffectiveSet.percentile(of.seed());
    for (int i = 0; i < of.tiers().size(); i++) {
      TierLoad tier = of.tiers().get(i);
      boolean before = at < 0;
      at -= tier.percent();
      if (!before && at < 0) {
        order.addFirst(i);
      } else {
        order.add(i);
      }
    }
    return order;
  }

  private @Nullable Endpoint choose(int tier) {
    return switch (of.balance()) {
      case Balance.RoundRobin() -> least(tier, _ -> 0);
      case Balance.LeastConnections() ->
          least(tier, one -> (one.outstanding() + one.elsewhere()) * (1 / one.weight()));
      case Balance.Random(), Balance.PowerOfTwo(), Balance.LeastLatency(), Balance.Hash(_, _, _) ->
          draw(tier);
    };
  }

  private @Nullable Endpoint least(int tier, ToDoubleFunction<Considered> load) {
    return of.considered().stream()
        .filter(one -> one.tier() == tier && !one.tried())
        .min(Comparator.comparingDouble(load).thenComparingDouble(Considered::due))
        .map(Considered::endpoint)
        .orElse(null);
  }

  private @Nullable Endpoint draw(int number) {
    Memory memory = new Memory(new LoopLoad());
    Candidate[] pool =
        of.considered().stream()
            .map(one -> Candidate.replica(one, memory))
            .toArray(Candidate[]::new);
    List<Candidate> members =
        IntStream.range(0, pool.length)
            .filter(i -> of.considered().get(i).tier() == number)
            .mapToObj(i -> pool[i])
            .toList();
    TierLoad load = of.tiers().get(number);
    Tier tier =
        new Tier(
            new Tier.Kind(load.priority(), load.local(), load.panic(), load.percent()),
            members,
            made -> Policy.of(made, new Policy.Making(of.balance(), pool, this::table, memory, 0)));
    Candidate chosen = tier.policy().choose(of.seed(), of.hash(), 0);
    return chosen == null ? null : chosen.endpoint();
  }

  private KeyTable table(int priority) {
    Balance.Hash hash = (Balance.Hash) of.balance();
    List<Endpoint> endpoints = of.considered().stream().map(Considered::endpoint).toList();
    return KeyTable.of(
        hash.table(),
        endpoints,
        IntStream.range(0, endpoints.size())
            .filter(i ->
                PoolMembers.isOffered(endpoints.get(i)) && endpoints.get(i).priority() == priority)
            .toArray());
  }
}
