package io.weir.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.Circuit;
import org.junit.jupiter.api.Test;

final class RetryBudgetTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Circuit.Retries USUAL = Circuit.USUAL.retries();

  private final RetryBudget budget = new RetryBudget();
  private long requests;
  private long now;

  private int takeAll(Circuit.Retries rule) {
    int taken = 0;
    while (taken < 1_000_000 && budget.take(rule, requests, now)) {
      taken++;
    }
    return taken;
  }

  /** Requests at a steady rate, each of which wants a retry; how many got one. */
  private int storm(Circuit.Retries rule, int perSecond, int seconds) {
    int granted = 0;
    for (int i = 0; i < perSecond * seconds; i++) {
      now += SECOND / perSecond;
      requests++;
      granted += budget.take(rule, requests, now) ? 1 : 0;
    }
    return granted;
  }

  @Test
  void allowsWhatPoolsWithFewRequestsNeed() {
    assertThat(takeAll(USUAL)).isEqualTo(100);
    now += 10 * SECOND;
    assertThat(takeAll(USUAL)).isBetween(60, 65);
  }

  @Test
  void hasRoomForABurstWhenAnEndpointGoesDownUnderLoad() {
    takeAll(USUAL);
    now += 30 * SECOND;
    requests += 30 * 1_000;
    assertThat(takeAll(USUAL)).isBetween(1_900, 2_100); // 20 % of 1,000 per second, and 10 more
  }

  @Test
  void keepsRetriesThatGoOnToTheirPartOfTheRequests() {
    storm(USUAL, 1_000, 60);
    assertThat(storm(USUAL, 1_000, 60)).isBetween(12_000, 13_000);
  }

  @Test
  void ofNothingAllowsNone() {
    assertThat(storm(new Circuit.Retries(0, 0), 1_000, 5)).isZero();
  }
}
