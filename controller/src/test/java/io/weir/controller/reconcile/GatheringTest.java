package io.weir.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class GatheringTest {
  private final Gathering gathering = new Gathering(15);

  @Test
  void the_first_change_goes_out_at_once_and_what_follows_together_once_the_window_is_over() {
    assertThat(gathering.changed(100)).isZero();
    gathering.out(101);
    assertThat(gathering.changed(103)).isEqualTo(13);
    assertThat(gathering.changed(104)).isEqualTo(-1);
    assertThat(gathering.changed(115)).isEqualTo(-1);
    gathering.out(116);
    assertThat(gathering.changed(117)).isEqualTo(14);
  }

  @Test
  void a_change_after_a_quiet_while_goes_out_at_once() {
    assertThat(gathering.changed(100)).isZero();
    gathering.out(100);
    assertThat(gathering.changed(115)).isZero();
  }
}
