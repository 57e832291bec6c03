package io.weir.controller.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class UnrestTest {
  private static double after(int seconds, IntToDoubleFunction value) {
    Unrest unrest = new Unrest();
    for (int second = 0; second < seconds; second++) {
      unrest.add(second * Forecast.SECOND, value.applyAsDouble(second));
    }
    return unrest.deviation(100);
  }

  @Test
  void itIsHowMuchMeansOfFiveSecondsVary() {
    for (int seed = 0; seed < 10; seed++) {
      Random random = new Random(seed);
      assertThat(after(1_800, _ -> 100 + 20 * random.nextGaussian()))
          .as("seed %d", seed)
          .isCloseTo(20 / Math.sqrt(5), within(2.0));
    }
  }

  @Test
  void itGrowsAsTheSquareRootOfTheFigure() {
    Random random = new Random(1);
    assertThat(after(1_800, _ -> 400 + 40 * random.nextGaussian()))
        .isCloseTo(20 / Math.sqrt(5), within(2.0));
  }

  @Test
  void aJumpIsNotTakenForWhatIsUsual() {
    for (int seed = 0; seed < 10; seed++) {
      Random random = new Random(seed);
      double jumped =
          after(1_860, second -> (second < 1_800 ? 100 : 500) + 20 * random.nextGaussian());
      assertThat(jumped).as("seed %d", seed).isLessThan(1.4 * 20 / Math.sqrt(5));
    }
  }

  @Test
  void theLastTenSecondsAreNotInIt() {
    assertThat(after(1_810, second -> second < 1_800 ? 100 + second % 7 : 10_000))
        .isEqualTo(after(1_810, second -> second < 1_800 ? 100 + second % 7 : 100));
  }

  @Test
  void atFirstNothingIsKnown() {
    assertThat(after(60, second -> second * second)).isZero();
  }
}
