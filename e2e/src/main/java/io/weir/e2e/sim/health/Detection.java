package io.weir.e2e.sim.health;

import java.util.List;
import java.util.function.BiPredicate;

/** Both ways of finding out who is dead, over the same deaths. */
public final class Detection {
  private Detection() {}

  /**
   * @param everyone every agent probes every endpoint and goes by what it sees
   * @param shared Weir
   * @param globalEjections of Weir, for the whole fleet at once
   * @param falseGlobalEjections of those, endpoints that lived
   */
  public record Comparison(
      Tally.Result everyone, Tally.Result shared, long globalEjections, long falseGlobalEjections) {
    public double probesRatio() {
      return (double) shared.probes() / everyone.probes();
    }

    public double detectMeanRatio() {
      return shared.detectMean() / everyone.detectMean();
    }

    public double detectP99Ratio() {
      return (double) shared.detectP99() / everyone.detectP99();
    }

    /** NaN: there were none at all. */
    public double falseEjectionsRatio() {
      return (double) shared.falseEjections() / everyone.falseEjections();
    }
  }

  public static Comparison compare(Scenario scenario) {
    SharedProbes.Result shared = SharedProbes.run(scenario, (_, _) -> false);
    return new Comparison(
        EveryoneProbes.run(scenario),
        shared.tally(),
        shared.verdicts().ejections(),
        shared.verdicts().falseEjections());
  }

  /**
   * What became of a fleet of which one agent reached no endpoint for a while.
   *
   * @param globalEjections endpoints taken out for everybody; nobody died
   * @param ejectedByItself times that the agent took an endpoint out for itself
   * @param named agents that were named as reaching endpoints less than others
   */
  public record CutOff(long globalEjections, long ejectedByItself, List<String> named) {}

  /** Agent 0 reaches no endpoint from the first third of the scenario to the second; none dies. */
  public static CutOff cutOff(Scenario scenario) {
    long third = scenario.length().toNanos() / 3;
    BiPredicate<Integer, Long> cut = (agent, now) -> agent == 0 && now >= third && now < 2 * third;
    SharedProbes.Result result = SharedProbes.run(scenario, cut);
    return new CutOff(
        result.verdicts().ejections(),
        result.ejectedByOne().getFirst(),
        List.copyOf(result.verdicts().asymmetries().keySet()));
  }
}
