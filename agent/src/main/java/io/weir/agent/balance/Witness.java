package io.weir.agent.balance;

import io.weir.agent.balance.Explanation.Considered;
import io.weir.agent.balance.Explanation.TierLoad;
import io.weir.agent.health.Ejection;
import io.weir.agent.model.Health;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes down what a pick is about to be decided by. Slow. */
final class Witness {
  /** What belongs to the request. */
  record Request(long seed, long hash, long token) {}

  private final EffectiveSet set;
  private final Candidate[] pool;
  private final Request request;
  private final long now;

  Witness(EffectiveSet set, Candidate[] pool, Request request, long now) {
    this.set = set;
    this.pool = pool;
    this.request = request;
    this.now = now;
  }

  /** Nothing is picked yet. */
  Explanation describe(PoolMembers members) {
    List<Tier> tiers = Arrays.asList(set.tiers());
    List<Considered> considered = new ArrayList<>();
    for (Candidate candidate : pool) {
      candidate.look(now);
      Tier tier = candidate.tier;
      considered.add(
          new Considered(
              candidate.endpoint(),
              health(candidate),
              candidate.weight,
              candidate.measure().outstanding(),
              candidate.measure().loadKnown() - candidate.measure().outstanding(),
              candidate.measure().expected(now),
              tier == null ? 0 : tier.policy().due(candidate),
              tier == null ? -1 : tiers.indexOf(tier),
              candidate.tried(),
              candidate.token,
              Optional.ofNullable(exclusion(candidate, set.first(request.seed())))));
    }
    return new Explanation(
        members.pool().name(),
        members.pool().balance(),
        request.seed(),
        request.hash(),
        request.token(),
        tiers.stream()
            .map(tier -> new TierLoad(tier.priority(), tier.local(), tier.panic(), tier.load()))
            .toList(),
        considered,
        Optional.empty());
  }

  /** As the set took it, which a probe may have changed since. */
  private static Health health(Candidate candidate) {
    Health now = candidate.state().health();
    return candidate.usableBefore && now == Health.UNHEALTHY ? Health.UNKNOWN : now;
  }

  @SuppressWarnings("ReferenceEquality") // that very one
  private static @Nullable Exclusion exclusion(Candidate candidate, @Nullable Tier first) {
    Tier tier = candidate.tier;
    if (candidate.endpoint().weight() == 0) {
      return new Exclusion.NoWeight();
    }
    if (candidate.endpoint().drain()) {
      return new Exclusion.Drained();
    }
    if (candidate.heldBack) {
      return new Exclusion.BelowFloor();
    }
    if (tier == null) {
      Ejection ejection = candidate.ejectedBefore;
      return candidate.usableBefore
          ? new Exclusion.NotInSubset()
          : ejection != null && candidate.state().health() != Health.UNHEALTHY
              ? new Exclusion.Ejected(ejection)
              : new Exclusion.Unhealthy(candidate.state().judgement().why());
    }
    if (candidate.tried()) {
      return new Exclusion.Tried();
    }
    if (first != null && tier != first) {
      return tier.priority() == first.priority()
          ? new Exclusion.OtherZone()
          : new Exclusion.OtherPriority(first.priority());
    }
    return tier.policy() instanceof HashByKey hash && !hash.hasRoom(candidate)
        ? new Exclusion.OverBound()
        : null;
  }
}
