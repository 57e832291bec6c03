package io.weir.e2e.sim.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ContendersTest {
  private static final Window WINDOW = new Window(1, 2);
  private static final long MILLI = 1_000_000;
  private final SplittableRandom random = new SplittableRandom(7);

  @Test
  void round_robin_takes_every_server_once_a_round() {
    var balancer = new RoundRobin(5, random);

    int first = balancer.pick(0, 0);
    List<Integer> round = IntStream.range(0, 5).map(i -> balancer.pick(0, 0)).boxed().toList();

    assertThat(round)
        .containsExactly((first + 1) % 5, (first + 2) % 5, (first + 3) % 5, (first + 4) % 5, first);
  }

  @Test
  void power_of_two_never_takes_the_busiest_of_all() {
    var balancer = new PowerOfTwo(3, random);
    int busiest = balancer.pick(0, 0);
    int[] picked = new int[3];
    for (int i = 0; i < 300; i++) {
      int server = balancer.pick(1, 0);
      picked[server]++;
      balancer.done(1, server, 0, true, 0);
    }

    assertThat(picked[busiest]).isZero();
    assertThat(picked[(busiest + 1) % 3]).isBetween(100, 200);
  }

  @Test
  void least_connections_takes_the_one_with_the_fewest_and_of_equals_who_waited_longest() {
    var balancer = new LeastConnections(3, random);

    int first = balancer.pick(0, 0);
    int second = balancer.pick(1, 0);
    int third = balancer.pick(2, 0);
    assertThat(List.of(first, second, third)).containsExactlyInAnyOrder(0, 1, 2);

    balancer.done(1, second, 0, true, 0);
    balancer.done(0, first, 0, true, 0);
    assertThat(balancer.pick(3, 0)).isEqualTo(second);
    assertThat(balancer.pick(4, 0)).isEqualTo(first);
    // All have one again; the third has had its own for the longest time.
    assertThat(balancer.pick(5, 0)).isEqualTo(third);
  }

  @Test
  void least_connections_goes_on_when_one_server_has_very_many() {
    var balancer = new LeastConnections(1, random);
    for (int i = 0; i < 100; i++) {
      assertThat(balancer.pick(i, 0)).isZero();
    }
    for (int i = 0; i < 100; i++) {
      balancer.done(i, 0, 0, true, 0);
    }

    assertThat(balancer.pick(0, 0)).isZero();
  }

  @Test
  void peak_ewma_jumps_to_a_slower_answer_and_forgets_it_slowly() {
    var balancer = new PeakEwma(2, random);
    int server = balancer.pick(0, 0);
    balancer.done(0, server, 0, true, 10 * MILLI);
    assertThat(balancer.load(server, 10 * MILLI)).isEqualTo(10 * MILLI);

    // Ten seconds later an e-th is left.
    long later = 10_010 * MILLI;
    assertThat(balancer.load(server, later)).isCloseTo(10 * MILLI / Math.E, within(1.0));
  }

  @Test
  void peak_ewma_counts_what_is_under_way_and_shuns_who_never_answered() {
    var balancer = new PeakEwma(2, random);
    int busy = balancer.pick(0, 0);
    assertThat(balancer.load(busy, 0)).isGreaterThan(1e9);
    int other = balancer.pick(1, 0);
    assertThat(other).isEqualTo(1 - busy);

    balancer.done(0, busy, 0, true, MILLI);
    assertThat(balancer.pick(2, MILLI)).isEqualTo(busy);
    assertThat(balancer.load(busy, MILLI)).isEqualTo(2 * MILLI);
  }

  @Test
  void the_oracle_sees_the_work_of_all_proxies() {
    for (Farm.Discipline discipline : Farm.Discipline.values()) {
      Farm farm = Farm.of(discipline, List.of(Pace.steady(1), Pace.steady(0.5)), 1);
      var oracle = new Oracle(farm, 10 * MILLI);
      assertThat(oracle.pick(0, 0)).isZero();

      farm.arrive(0, 0, 30 * MILLI, 0);
      farm.arrive(1, 0, 30 * MILLI, 0);
      assertThat(oracle.pick(2, 0)).as("%s", discipline).isEqualTo(1);
    }
  }

  @Test
  void the_same_seed_gives_the_same_figures() {
    var cell = new Cell(Scenario.STALL, 5, 0.6);
    for (Contender contender : Contender.values()) {
      assertThat(Simulation.run(contender, cell, WINDOW, 3))
          .as(contender.described())
          .isEqualTo(Simulation.run(contender, cell, WINDOW, 3));
    }
  }

  @Test
  void all_contenders_get_the_same_requests() {
    var cell = new Cell(Scenario.HOMOGENEOUS, 5, 0.6);
    long requests = Simulation.run(Contender.ORACLE, cell, WINDOW, 3).requests();

    for (Contender contender : Contender.values()) {
      assertThat(Simulation.run(contender, cell, WINDOW, 3).requests()).isEqualTo(requests);
    }
  }
}
