package io.weir.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class GatheringTest {
  private final Gathering gathering = new Gathering(15, 500);

  @Test
  void the_first_change_goes_out_at_once_and_what_follows_together_once_the_window_is_over() {
    assertThat(gathering.changed(100, false)).isZero();
    gathering.out(101);
    assertThat(gathering.changed(103, false)).isEqualTo(13);
    assertThat(gathering.changed(104, false)).isEqualTo(-1);
    assertThat(gathering.changed(115, false)).isEqualTo(-1);
    assertThat(gathering.look(116, false)).isZero();
    gathering.out(116);
    assertThat(gathering.changed(117, false)).isEqualTo(14);
  }

  @Test
  void a_change_after_a_quiet_while_goes_out_at_once() {
    assertThat(gathering.changed(100, false)).isZero();
    gathering.out(100);
    assertThat(gathering.changed(115, false)).isZero();
  }

  @Test
  void what_comes_before_the_agents_have_answered_leaves_half_of_the_time_to_others() {
    assertThat(gathering.changed(100, false)).isZero();
    gathering.out(100);
    assertThat(gathering.changed(120, true)).isPositive();
    assertThat(gathering.look(160, true)).isPositive();
    assertThat(gathering.look(200, false)).isEqualTo(100);
    assertThat(gathering.look(300, true)).isZero();
  }

  @Test
  void agents_that_do_not_answer_hold_it_up_once() {
    assertThat(gathering.changed(100, false)).isZero();
    gathering.out(100);
    assertThat(gathering.changed(120, true)).isEqualTo(480);
    assertThat(gathering.look(600, true)).isZero();
    gathering.out(600);
    assertThat(gathering.changed(601, true)).isEqualTo(14);
    gathering.out(615);
    assertThat(gathering.changed(700, false)).isZero();
    gathering.out(700);
    assertThat(gathering.changed(720, true)).isEqualTo(480);
  }
}
