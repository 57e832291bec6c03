package io.weir.e2e.sim.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

final class QueueingTheoryTest {
  private static final long SEED = 20_261_122;
  private static final double MEAN_MILLIS = 10;
  private static final double MEAN_NANOS = MEAN_MILLIS * 1e6;
  private static final long NEVER = Long.MAX_VALUE / 4;
  private static final Percentage FEW = Percentage.withPercentage(3);

  @Test
  void one_core_with_a_queue_takes_as_long_as_m_m_1_says() {
    Outcome outcome = run(Farm.Discipline.QUEUE, 1, new Work.Exponential(MEAN_NANOS), 0.7);

    assertThat(outcome.mean()).isCloseTo(MEAN_MILLIS / 0.3, FEW);
    // The sojourn time is exponential as well.
    assertThat(outcome.p99()).isCloseTo(MEAN_MILLIS / 0.3 * Math.log(100), FEW);
  }

  @Test
  void four_cores_with_a_queue_wait_as_long_as_erlang_c_says() {
    double load = 0.8;
    Outcome outcome = run(Farm.Discipline.QUEUE, 4, new Work.Exponential(MEAN_NANOS), load);

    double waiting = erlangC(4, load) * MEAN_MILLIS / (4 * (1 - load));
    assertThat(outcome.mean() - MEAN_MILLIS).isCloseTo(waiting, FEW);
  }

  @Test
  void constant_work_waits_half_as_long_as_exponential_work() {
    Outcome outcome = run(Farm.Discipline.QUEUE, 1, new Work.Constant(MEAN_NANOS), 0.7);

    assertThat(outcome.mean() - MEAN_MILLIS).isCloseTo(MEAN_MILLIS * 0.7 / (2 * 0.3), FEW);
  }

  @Test
  void a_shared_core_takes_the_same_mean_whatever_the_distribution_of_work() {
    for (Work work :
        new Work[] {
          new Work.Exponential(MEAN_NANOS), new Work.Constant(MEAN_NANOS), pareto(MEAN_NANOS)
        }) {
      Outcome outcome = run(Farm.Discipline.SHARING, 1, work, 0.6);

      assertThat(outcome.mean()).as(work.toString()).isCloseTo(MEAN_MILLIS / 0.4, FEW);
    }
  }

  @Test
  void four_shared_cores_take_the_mean_of_m_m_4() {
    double load = 0.8;
    Outcome outcome = run(Farm.Discipline.SHARING, 4, new Work.Exponential(MEAN_NANOS), load);

    double waiting = erlangC(4, load) * MEAN_MILLIS / (4 * (1 - load));
    assertThat(outcome.mean()).isCloseTo(MEAN_MILLIS + waiting, FEW);
  }

  @Test
  void who_waits_longer_than_the_timeout_counts_with_the_timeout() {
    var scenario =
        new Scenario(
            "timeout",
            "",
            1,
            1,
            new Work.Constant(MEAN_NANOS),
            5_000_000,
            Farm.Discipline.QUEUE,
            Scenario.Kind.EVEN);

    Outcome outcome =
        Simulation.run(Contender.ROUND_ROBIN, new Cell(scenario, 1, 0.2), new Window(0, 100), SEED);

    assertThat(outcome.timedOut()).isEqualTo(1);
    assertThat(outcome.mean()).isCloseTo(5, within(1e-9));
  }

  private static Outcome run(Farm.Discipline discipline, int cores, Work work, double load) {
    var scenario =
        new Scenario("theory", "", 1, cores, work, NEVER, discipline, Scenario.Kind.EVEN);
    int seconds = (int) (1_500_000 * MEAN_MILLIS / 1000 / (cores * load));
    return Simulation.run(
        Contender.ROUND_ROBIN, new Cell(scenario, 1, load), new Window(5, seconds), SEED);
  }

  private static Work pareto(double mean) {
    return new Work.Pareto(mean, 1.5, 300);
  }

  /** The part of requests that find all cores busy. */
  private static double erlangC(int cores, double load) {
    double offered = cores * load;
    double term = 1;
    double sum = 1;
    for (int i = 1; i < cores; i++) {
      term *= offered / i;
      sum += term;
    }
    double all = term * offered / cores / (1 - load);
    return all / (sum + all);
  }
}
