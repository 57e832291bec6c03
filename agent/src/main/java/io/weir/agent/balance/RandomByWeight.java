package io.weir.agent.balance;

import org.jspecify.annotations.Nullable;

/** Any, by weight. */
final class RandomByWeight implements Policy {
  private final Candidate[] members;
  private final Sampler sampler;

  RandomByWeight(Candidate[] members) {
    this.members = members;
    sampler = new Sampler(members);
  }

  @Override
  public @Nullable Candidate choose(long seed, long hash, long now) {
    Candidate drawn = sampler.drawOther(seed, 1, null);
    return drawn != null ? drawn : Policy.anyUntried(members, seed);
  }
}
