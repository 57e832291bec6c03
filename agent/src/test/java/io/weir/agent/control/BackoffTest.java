package io.weir.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static Duration most(int attempt) {
    Duration longest = Duration.ZERO;
    for (int seed = 0; seed < 500; seed++) {
      Backoff backoff = new Backoff(new Random(seed));
      Duration delay = backoff.next();
      for (int i = 0; i < attempt; i++) {
        delay = backoff.next();
      }
      longest = delay.compareTo(longest) > 0 ? delay : longest;
    }
    return longest;
  }

  @Test
  void startsWithinATenthOfASecondAndEndsWithinFive() {
    assertThat(most(0)).isBetween(Duration.ofMillis(80), Duration.ofMillis(100));
    assertThat(most(1)).isBetween(Duration.ofMillis(160), Duration.ofMillis(200));
    assertThat(most(6)).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(5));
    assertThat(most(100)).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(5));
  }

  @Test
  void startsAnewAfterSuccess() {
    Backoff backoff = new Backoff(new Random(1));
    for (int i = 0; i < 20; i++) {
      backoff.next();
    }
    backoff.reset();
    assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofMillis(100));
  }
}
