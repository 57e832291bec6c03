package io.weir.controller.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

final class RatesTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void aBurstIsLetThroughAndThenOneAtATime() {
    Rates rates = new Rates(10, 3);
    for (int i = 0; i < 3; i++) {
      assertThat(rates.take("ann", 0)).isZero();
    }
    assertThat(rates.take("ann", 0)).isEqualTo(SECOND / 10);
    assertThat(rates.take("bob", 0)).isZero();
    assertThat(rates.take("ann", SECOND / 10)).isZero();
    assertThat(rates.take("ann", SECOND / 10)).isPositive();
  }

  @RepeatedTest(20)
  void nobodyGetsMoreThanTheBurstAndTheRateOverAnyTime(RepetitionInfo repetition) {
    long seed = repetition.getCurrentRepetition();
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    double perSecond = 1 + random.nextInt(100);
    double burst = 1 + random.nextInt(50);
    Rates rates = new Rates(perSecond, burst);
    long now = random.nextLong();
    long began = now;
    long taken = 0;
    for (int i = 0; i < 5_000; i++) {
      now += random.nextLong(SECOND / 50);
      long wait = rates.take("ann", now);
      taken += wait == 0 ? 1 : 0;
      assertThat(taken)
          .as("seed %d", seed)
          .isLessThanOrEqualTo((long) (burst + perSecond * (now - began) / SECOND) + 1);
      if (wait > 0 && random.nextInt(10) == 0) {
        now += wait;
        assertThat(rates.take("ann", now)).as("seed %d", seed).isZero();
        taken++;
      }
    }
  }
}
