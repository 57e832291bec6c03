package io.weir.e2e.sim.balance;

import io.weir.agent.model.Pool.Balance;
import java.util.random.RandomGenerator;

/** A way to choose servers: Weir's default and others as their own projects define them. */
public enum Contender implements BalancerSource {
  LEAST_LATENCY("least_latency", "least_latency (Weir)"),
  ROUND_ROBIN("round_robin", "round robin"),
  POWER_OF_TWO("p2c", "power of two"),
  LEAST_CONNECTIONS("leastconn", "least connections"),
  PEAK_EWMA("peak_ewma", "peak EWMA"),
  ORACLE("oracle", "oracle");

  private final String id;
  private final String described;

  Contender(String id, String described) {
    this.id = id;
    this.described = described;
  }

  /** As in the names of figures. */
  public String id() {
    return id;
  }

  /** For people. */
  public String described() {
    return described;
  }

  @Override
  public ProxyBalancer balancer(Farm farm, Scenario scenario, RandomGenerator random) {
    return switch (this) {
      case LEAST_LATENCY -> new WeirBalancer(new Balance.LeastLatency(), farm.servers(), random);
      case ROUND_ROBIN -> new RoundRobin(farm.servers(), random);
      case POWER_OF_TWO -> new PowerOfTwo(farm.servers(), random);
      case LEAST_CONNECTIONS -> new LeastConnections(farm.servers(), random);
      case PEAK_EWMA -> new PeakEwma(farm.servers(), random);
      case ORACLE -> new Oracle(farm, scenario.work().meanNanos());
    };
  }
}
