package io.weir.agent.balance;

import io.weir.agent.model.Circuit;

/**
 * How many requests may be tried again: a part of those of the last ten seconds or so, and some
 * more for pools with few. As the budget of Finagle (its RetryBudget), with tokens that fade
 * instead of ending: what comes in at a steady rate r makes r times ten seconds in the end. An
 * endpoint that goes down under load costs many retries at once, which that has room for; retries
 * that go on and on it has not. Not thread-safe.
 */
final class RetryBudget {
  /** Tokens fade to 1/e in it, ns. */
  private static final double TAU = 10e9;

  private static final double SECOND = 1e9;

  private double tokens;
  private long requestsBefore;
  private long at;
  private boolean begun;

  /**
   * Takes a token.
   *
   * @param requests so far, those that were tried again counted once
   * @param now monotonic, ns
   * @return false: there is none
   */
  boolean take(Circuit.Retries rule, long requests, long now) {
    double more = rule.percent() / 100.0 * (requests - requestsBefore);
    if (begun) {
      double passed = Math.max(0, now - at);
      double kept = Math.exp(-passed / TAU);
      // What came in during that time has faded by as much as befits a steady rate.
      double part = passed == 0 ? 1 : TAU / passed * (1 - kept);
      tokens = tokens * kept + (more + rule.perSecond() * passed / SECOND) * part;
    } else {
      begun = true;
      tokens = rule.perSecond() * TAU / SECOND + more;
    }
    requestsBefore = requests;
    at = now;
    if (tokens < 1) {
      return false;
    }
    tokens--;
    return true;
  }
}
