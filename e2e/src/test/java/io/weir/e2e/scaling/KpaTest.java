package io.weir.e2e.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The cases of autoscaler_test.go in knative/serving, at ten requests under way for each pod. */
final class KpaTest {
  private static Kpa kpa() {
    return new Kpa(10, 1, 1_000);
  }

  @Test
  void stable_mode_goes_by_the_long_window() {
    assertThat(kpa().scale(0, 1, 50, 10)).isEqualTo(5);
    assertThat(kpa().scale(0, 1, 0, 0)).isZero();
  }

  @Test
  void twice_what_is_ready_in_the_short_window_is_panic() {
    Kpa kpa = kpa();
    assertThat(kpa.scale(0, 1, 10, 20)).isEqualTo(2);
    assertThat(kpa.panics()).isTrue();
  }

  @Test
  void panic_never_goes_down_and_ends_a_stable_window_after_its_cause() {
    Kpa kpa = kpa();
    assertThat(kpa.scale(0, 1, 10, 100)).isEqualTo(10);
    assertThat(kpa.scale(2, 10, 10, 50)).isEqualTo(10);
    assertThat(kpa.scale(60, 10, 50, 50)).isEqualTo(10);
    assertThat(kpa.scale(62, 10, 50, 50)).isEqualTo(5);
    assertThat(kpa.panics()).isFalse();
  }

  @Test
  void goes_down_by_half_at_most() {
    Kpa kpa = kpa();
    kpa.scale(0, 1, 10, 10);
    assertThat(kpa.scale(2, 100, 1, 1)).isEqualTo(50);
  }

  @Test
  void begins_in_panic_with_what_is_there() {
    Kpa kpa = kpa();
    assertThat(kpa.scale(0, 10, 10, 10)).isEqualTo(10);
    assertThat(kpa.scale(62, 10, 60, 60)).isEqualTo(6);
  }
}
