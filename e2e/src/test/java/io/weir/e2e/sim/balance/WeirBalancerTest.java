package io.weir.e2e.sim.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.Pool.Balance;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** The agent's own classes in the simulation. */
final class WeirBalancerTest {
  private static final Cell CELL = new Cell(Scenario.STALL, 20, 0.75);
  private static final Window WINDOW = new Window(2, 3);
  private static final long SEED = 5;
  private static final Percentage FEW = Percentage.withPercentage(5);

  @Test
  void power_of_two_does_what_that_of_others_does() {
    assertThat(p99(new Balance.PowerOfTwo()))
        .isCloseTo(Simulation.run(Contender.POWER_OF_TWO, CELL, WINDOW, SEED).p99(), FEW);
  }

  @Test
  void least_latency_leaves_stalled_servers_sooner() {
    double ours = Simulation.run(Contender.LEAST_LATENCY, CELL, WINDOW, SEED).p99();

    assertThat(ours).isLessThan(0.5 * p99(new Balance.PowerOfTwo()));
  }

  private static double p99(Balance balance) {
    BalancerSource source =
        (farm, scenario, random) -> new WeirBalancer(balance, farm.servers(), random);
    return Simulation.run(source, CELL, WINDOW, SEED).p99();
  }
}
