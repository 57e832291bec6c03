package io.weir.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LatencyHistogramTest {
  private final LatencyHistogram histogram = new LatencyHistogram();

  @Test
  void anEmptyOneHasNothingToSay() {
    assertThat(histogram.count()).isZero();
    assertThat(histogram.quantile(0.99)).isZero();
  }

  @Test
  void quantilesAreWithinEightPercentOfTheTruth() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      LatencyHistogram h = new LatencyHistogram();
      long[] values = new long[1 + random.nextInt(500)];
      for (int i = 0; i < values.length; i++) {
        values[i] = (long) Math.pow(10, 3 + random.nextDouble() * 8); // 1 us to 100 s
        h.record(values[i]);
      }
      Arrays.sort(values);
      for (double quantile : new double[] {0, 0.5, 0.9, 0.99, 1}) {
        int rank = Math.max(1, (int) Math.ceil(quantile * values.length));
        assertThat((double) h.quantile(quantile))
            .as("seed %d: %s", seed, quantile)
            .isCloseTo((double) values[rank - 1], Percentage.withPercentage(8));
      }
      assertThat(h.count()).isEqualTo(values.length);
      assertThat(h.sum()).isEqualTo(Arrays.stream(values).sum());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000, 2_500, 5_000, 1_000_000, 250_000_000, 30_000_000_000L})
  void aRoundBoundIsExact(long bound) {
    histogram.record(bound);
    histogram.record(bound + 1);
    histogram.record(bound - 1);
    assertThat(histogram.countUpTo(bound)).isEqualTo(2);
  }

  @Test
  void whatIsTooShortOrTooLongIsCountedAtTheEnds() {
    histogram.record(-5);
    histogram.record(0);
    histogram.record(TimeUnit.HOURS.toNanos(1));
    histogram.record(Long.MAX_VALUE / 2);
    assertThat(histogram.countUpTo(1_000)).isEqualTo(2);
    assertThat(histogram.countUpTo(TimeUnit.SECONDS.toNanos(100))).isEqualTo(2);
    assertThat(histogram.count()).isEqualTo(4);
    assertThat(histogram.quantile(1)).isEqualTo(TimeUnit.SECONDS.toNanos(100));
  }

  @Test
  void twoTogetherAreAsOneOfBoth() {
    LatencyHistogram both = new LatencyHistogram();
    LatencyHistogram other = new LatencyHistogram();
    for (int i = 1; i <= 1_000; i++) {
      both.record(i * 10_000L);
      (i % 3 == 0 ? histogram : other).record(i * 10_000L);
    }
    histogram.add(other);
    assertThat(histogram.count()).isEqualTo(both.count());
    assertThat(histogram.sum()).isEqualTo(both.sum());
    assertThat(histogram.quantile(0.9)).isEqualTo(both.quantile(0.9));
  }
}
