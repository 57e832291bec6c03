package io.weir.e2e.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class ComparisonTest {
  @Test
  void everyone_has_as_many_endpoint_seconds_and_too_slow_is_less_often_with_weir() {
    long seed = Comparison.FIRST_UNSEEN;
    Comparison steps = Comparison.of(Comparison.holding(), Trace.steps(seed), seed);
    assertThat(steps.hpa().podSeconds() / steps.weir().podSeconds()).isCloseTo(1, within(0.02));
    assertThat(steps.kpa().podSeconds() / steps.weir().podSeconds()).isCloseTo(1, within(0.02));
    assertThat(steps.weir().violations()).isLessThan(steps.hpa().violations());
    assertThat(steps.weir().violations()).isLessThan(steps.kpa().violations());
  }

  @Test
  void on_a_calm_day_nothing_is_taken_back_within_five_minutes() {
    long seed = Comparison.FIRST_UNSEEN;
    Comparison.Result day =
        Comparison.run(Trace.diurnal(seed), new WeirAutoscaler(Comparison.plain()), seed);
    assertThat(day.reversals()).isZero();
    assertThat(day.violations()).isZero();
  }

  @Test
  void the_same_seed_is_the_same_load() {
    assertThat(Trace.surge(7).rates()).isEqualTo(Trace.surge(7).rates());
    assertThat(Trace.flash(7).rates()).isNotEqualTo(Trace.flash(8).rates());
  }
}
