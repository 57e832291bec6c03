package io.weir.e2e.sim.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.membership.MemberState;
import io.weir.agent.membership.MemberState.Alive;
import io.weir.agent.membership.MemberState.Dead;
import io.weir.agent.membership.MemberState.Left;
import io.weir.agent.membership.Settings;
import io.weir.agent.membership.Step;
import io.weir.agent.model.Health;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

final class RingOfManyTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long SEED = 20_261_122L;
  private static final int SIZE = 20;

  private long deaths;
  private final Set<Integer> heard = new HashSet<>();
  private final Fleet fleet = new Fleet(Settings.DEFAULT, Network.REGION, SIZE, SEED, this::watch);

  @Test
  void all_find_each_other_from_one_seed_and_stay_together() {
    form();
    fleet.runUntil(120 * SECOND);
    assertThat(deaths).as("seed %d", SEED).isZero();
    assertAll(s -> s instanceof Alive);
  }

  @Test
  void one_that_crashed_is_dead_to_all_and_alive_again_once_it_is_back() {
    form();
    fleet.crash(7);
    fleet.runUntil(fleet.now() + 4 * SECOND);
    assertHeld(7, s -> s instanceof Dead);
    fleet.start(7, 3);
    fleet.runUntil(fleet.now() + 3 * SECOND);
    assertAll(s -> s instanceof Alive);
  }

  @Test
  void one_that_comes_back_at_once_is_never_dead() {
    form();
    fleet.crash(7);
    fleet.runUntil(fleet.now() + SECOND / 2);
    fleet.start(7, 3);
    fleet.runUntil(fleet.now() + 10 * SECOND);
    assertThat(deaths).as("seed %d", SEED).isZero();
    assertAll(s -> s instanceof Alive);
  }

  @Test
  void one_that_leaves_has_left_and_is_not_dead() {
    form();
    fleet.leave(7);
    fleet.runUntil(fleet.now() + 4 * SECOND);
    assertHeld(7, s -> s instanceof Left);
  }

  @Test
  void one_that_cannot_be_reached_by_some_is_alive_to_all_as_others_reach_it() {
    form();
    for (int i = 0; i < SIZE / 2; i++) {
      fleet.cut(i, 15, true);
      fleet.cut(15, i, true);
    }
    fleet.runUntil(fleet.now() + 60 * SECOND);
    for (int i = SIZE / 2; i < SIZE; i++) {
      assertThat(fleet.held(i, 15))
          .satisfiesAnyOf(
              s -> assertThat(s).isNull(), // itself
              s -> assertThat(s).isNotInstanceOf(Dead.class));
    }
  }

  @Test
  void two_halves_hold_each_other_dead_and_meet_again() {
    form();
    split(true);
    fleet.runUntil(fleet.now() + 20 * SECOND);
    for (int i = 0; i < SIZE; i++) {
      for (int j = 0; j < SIZE; j++) {
        if (i != j) {
          assertThat(fleet.held(i, j) instanceof Dead)
              .as("seed %d: %d of %d", SEED, i, j)
              .isEqualTo(i / 10 != j / 10);
        }
      }
    }
    split(false);
    fleet.runUntil(fleet.now() + 30 * SECOND);
    assertAll(s -> s instanceof Alive);
  }

  @Test
  void what_one_observes_all_hear() {
    form();
    fleet.ring(4).observe("pool", "10.0.0.1:80", Health.UNHEALTHY);
    fleet.runUntil(fleet.now() + 2 * SECOND);
    assertThat(heard).as("seed %d", SEED).hasSize(SIZE - 1);
  }

  @Test
  void a_ring_at_rest_costs_each_member_a_ping_and_an_answer_a_period() {
    form();
    fleet.runUntil(fleet.now() + 20 * SECOND);
    long before = fleet.datagrams();
    fleet.runUntil(fleet.now() + 10 * SECOND);
    // 5 pings and 5 acks a second; lost ones cost more.
    assertThat(fleet.datagrams() - before).isBetween(SIZE * 95L, SIZE * 120L);
  }

  @Test
  void crashes_are_noticed_within_three_seconds_and_the_running_are_left_alone() {
    MembershipResults results = MembershipResults.measure(1, 10, 20, SEED);
    assertThat(results.crashP99()).as(results.table()).isLessThanOrEqualTo(3);
    assertThat(results.falseDeathsRatio()).as(results.table()).isLessThanOrEqualTo(0.05);
  }

  private void form() {
    for (int i = 0; i < SIZE; i++) {
      fleet.start(i, 0);
    }
    fleet.runUntil(10 * SECOND);
    assertAll(s -> s instanceof Alive);
  }

  private void split(boolean on) {
    for (int i = 0; i < SIZE; i++) {
      for (int j = 0; j < SIZE; j++) {
        if (i / 10 != j / 10) {
          fleet.cut(i, j, on);
        }
      }
    }
  }

  private void assertAll(Predicate<MemberState> right) {
    for (int i = 0; i < SIZE; i++) {
      assertHeld(i, right);
    }
  }

  private void assertHeld(int of, Predicate<MemberState> right) {
    for (int i = 0; i < SIZE; i++) {
      MemberState state = fleet.held(i, of);
      if (i != of && fleet.up(i)) {
        assertThat(state != null && right.test(state))
            .as("seed %d: %d holds %d to be %s", SEED, i, of, state)
            .isTrue();
      }
    }
  }

  private void watch(int holder, Step.Event event, long now) {
    switch (event) {
      case Step.Event.Became b -> deaths += b.now() instanceof Dead ? 1 : 0;
      case Step.Event.Heard _ -> heard.add(holder);
      case Step.Event.Joined _, Step.Event.Forgotten _, Step.Event.Stalled _ -> {}
    }
  }
}
