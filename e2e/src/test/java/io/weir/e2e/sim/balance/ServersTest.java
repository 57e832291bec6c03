package io.weir.e2e.sim.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

final class ServersTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Pace STALLING = new Pace(2, 0.25, SECOND, 4 * SECOND, 3 * SECOND);

  @Test
  void a_stalling_server_does_less_at_the_beginning_of_each_period() {
    assertThat(STALLING.meanSpeed()).isCloseTo(2 * (0.25 + 3) / 4, within(1e-12));
    assertThat(STALLING.speedAt(0)).isEqualTo(2);
    assertThat(STALLING.speedAt(SECOND)).isEqualTo(0.5);
    assertThat(STALLING.speedAt(2 * SECOND)).isEqualTo(2);
    double stall = STALLING.workUntil(2 * SECOND) - STALLING.workUntil(SECOND);
    assertThat(stall).isCloseTo(0.5 * SECOND, within(1.0));
  }

  @Test
  void when_work_is_done_is_the_inverse_of_the_work_done_by_then() {
    long seed = 11;
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 10_000; i++) {
      long now = random.nextLong(3600 * SECOND);
      assertThat(STALLING.whenDone(STALLING.workUntil(now)))
          .as("seed %d", seed)
          .isCloseTo(now, Offset.offset(2L));
    }
  }

  @Test
  void requests_that_share_cores_hold_each_other_up_from_the_moment_there_are_more_than_cores() {
    Farm farm = Farm.of(Farm.Discipline.SHARING, List.of(Pace.steady(1)), 2);
    farm.arrive(1, 0, 10, 0);
    farm.arrive(2, 0, 30, 0);
    assertThat(farm.nextDone()).isEqualTo(10);

    // Three on two cores from 4 on: the first has 6 left, which take 9.
    farm.arrive(3, 0, 100, 4);
    assertThat(farm.nextDone()).isEqualTo(13);
    assertThat(farm.finish()).isEqualTo(1);
    // The second has had 4 + 6 of 30.
    assertThat(farm.nextDone()).isEqualTo(33);
    assertThat(farm.finish()).isEqualTo(2);
    assertThat(farm.finish()).isEqualTo(3);
    assertThat(farm.nextDone()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void requests_in_a_queue_wait_for_the_first_core_that_gets_free() {
    Farm farm = Farm.of(Farm.Discipline.QUEUE, List.of(Pace.steady(1)), 2);
    farm.arrive(1, 0, 10, 0);
    farm.arrive(2, 0, 30, 0);
    farm.arrive(3, 0, 5, 4);

    assertThat(farm.nextDone()).isEqualTo(10);
    assertThat(farm.finish()).isEqualTo(1);
    assertThat(farm.nextDone()).isEqualTo(15);
    assertThat(farm.finish()).isEqualTo(3);
    assertThat(farm.nextDone()).isEqualTo(30);
  }

  @Test
  void a_quantile_is_within_half_a_percent() {
    var latencies = new Latencies();
    for (long nanos = 1; nanos <= 1_000_000; nanos++) {
      latencies.record(nanos);
    }

    assertThat(latencies.mean()).isEqualTo(500_000.5);
    for (double part : new double[] {0.0001, 0.1, 0.5, 0.99, 0.999, 1}) {
      double exact = part * 1_000_000;
      assertThat((double) latencies.quantile(part)).isBetween(exact, exact * 1.005);
    }
  }
}
