package io.weir.e2e.sim.health;

import java.util.Arrays;

/** What agents hold of endpoints over time, against what is true. */
final class Tally {
  private final Deaths deaths;
  private final int agents;

  /** By death and agent: ns from the death to its ejection; 0: not yet. */
  private final long[] detected;

  private final long downFor;
  private long probes;
  private long falseEjections;

  Tally(Scenario scenario, Deaths deaths) {
    this.deaths = deaths;
    this.agents = scenario.agents();
    this.downFor = scenario.downFor().toNanos();
    this.detected = new long[deaths.all().size() * agents];
  }

  void probed() {
    probes++;
  }

  /** An agent gives the endpoint no more traffic. */
  void ejected(int agent, int endpoint, long now) {
    int death = deaths.at(endpoint, now);
    if (death < 0) {
      falseEjections++;
    } else if (detected[death * agents + agent] == 0) {
      detected[death * agents + agent] = now - deaths.all().get(death).from();
    }
  }

  /**
   * @param probes of all agents
   * @param detectMean ns from a death to its ejection, over agents and deaths; what was not noticed
   *     counts with the whole time that the endpoint was dead
   * @param missed deaths that an agent did not notice, over agents
   * @param falseEjections of endpoints that lived, over agents
   */
  public record Result(
      long probes, double detectMean, long detectP99, long missed, long falseEjections) {}

  Result result() {
    long[] sorted = detected.clone();
    long missed = 0;
    for (int i = 0; i < sorted.length; i++) {
      if (sorted[i] == 0) {
        missed++;
        sorted[i] = downFor;
      }
    }
    Arrays.sort(sorted);
    long p99 = sorted.length == 0 ? 0 : sorted[(int) Math.ceil(sorted.length * 0.99) - 1];
    return new Result(
        probes, Arrays.stream(sorted).average().orElse(0), p99, missed, falseEjections);
  }
}
