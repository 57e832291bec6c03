package io.weir.agent.balance;

import org.jspecify.annotations.Nullable;

/**
 * Of two drawn by weight the one with fewer requests under way for its weight, the first of equals
 * (Mitzenmacher: The Power of Two Choices in Randomized Load Balancing, 2001).
 */
final class PowerOfTwo implements Policy {
  private final Candidate[] members;
  private final Sampler sampler;

  PowerOfTwo(Candidate[] members) {
    this.members = members;
    sampler = new Sampler(members);
  }

  private static double load(Candidate candidate, long now) {
    return candidate.measure().load(now) * candidate.inverse();
  }

  @Override
  public @Nullable Candidate choose(long seed, long hash, long now) {
    Candidate one = sampler.drawOther(seed, 1, null);
    if (one == null) {
      return Policy.anyUntried(members, seed);
    }
    Candidate two = members.length == 1 ? null : sampler.drawOther(seed, 16, one);
    return two != null && load(two, now) < load(one, now) ? two : one;
  }
}
