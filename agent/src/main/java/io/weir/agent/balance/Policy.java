package io.weir.agent.balance;

import io.weir.agent.model.Pool.Balance;

/** How to choose one of several usable endpoints of the same priority. One per balancer. */
sealed interface Policy {
  static Policy of(Balance balance) {
    return switch (balance) {
      case Balance.RoundRobin() -> new SmoothRoundRobin();
    };
  }

  /**
   * @param among the usable ones in its first {@code count} places, at least one
   */
  Candidate choose(Candidate[] among, int count);

  /** Takes over what {@code before} knows of the same endpoint. */
  void inherit(Candidate now, Candidate before, long totalNow, long totalBefore);

  /**
   * Weighted round robin that spreads each endpoint's turns (the algorithm of nginx's {@code
   * ngx_http_upstream_get_peer}): each is credited its weight, the richest is taken and pays the
   * sum. Credits stay below that sum, and their total does not change.
   */
  final class SmoothRoundRobin implements Policy {
    @Override
    public Candidate choose(Candidate[] among, int count) {
      Candidate best = among[0];
      long total = 0;
      for (int i = 0; i < count; i++) {
        Candidate candidate = among[i];
        total += candidate.endpoint.weight();
        candidate.credit += candidate.endpoint.weight();
        if (candidate.credit > best.credit) {
          best = candidate;
        }
      }
      best.credit -= total;
      return best;
    }

    /** In proportion: credits are worth what the weights then were. */
    @Override
    public void inherit(Candidate now, Candidate before, long totalNow, long totalBefore) {
      now.credit = totalBefore == 0 ? 0 : before.credit * totalNow / totalBefore;
    }
  }
}
