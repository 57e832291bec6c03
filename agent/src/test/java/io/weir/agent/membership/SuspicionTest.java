package io.weir.agent.membership;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SuspicionTest {
  private static final Suspicion FRESH = Suspicion.begin("a", 1_000, 6_000, 3, 100);

  @Test
  void lastsLongestWhileNobodyConfirmsAndLeastOnceEnoughHave() {
    Suspicion one = FRESH.confirmed("b");
    Suspicion two = one.confirmed("c");
    Suspicion three = two.confirmed("d");
    assertThat(FRESH.ends()).isEqualTo(6_100);
    // 6000 - 5000 * log(2) / log(4)
    assertThat(one.ends()).isEqualTo(3_600);
    assertThat(two.ends()).isBetween(three.ends(), one.ends());
    assertThat(three.ends()).isEqualTo(1_100);
  }

  @Test
  void eachMemberConfirmsOnceAndTheOneThatBeganDoesNot() {
    assertThat(FRESH.needs("a")).isFalse();
    assertThat(FRESH.needs("b")).isTrue();
    assertThat(FRESH.confirmed("b").needs("b")).isFalse();
    assertThat(FRESH.confirmed("b").confirmed("c").confirmed("d").needs("e")).isFalse();
  }

  @Test
  void lastsTheLeastWhereNobodyCouldConfirm() {
    assertThat(Suspicion.begin("a", 1_000, 6_000, 0, 100).ends()).isEqualTo(1_100);
  }
}
