package io.weir.e2e.sim.balance;

import java.util.random.RandomGenerator;

/** Makes the balancer of one proxy. */
interface BalancerSource {
  /**
   * @param farm for those that know its true state; the others ask how many servers there are
   * @param random for this proxy
   */
  ProxyBalancer balancer(Farm farm, Scenario scenario, RandomGenerator random);
}
