package io.weir.e2e.sim.membership;

import io.weir.agent.membership.Settings;
import io.weir.agent.membership.Settings.Rules;
import io.weir.e2e.figure.Figure;
import io.weir.e2e.sim.membership.Crashes.Times;
import io.weir.e2e.sim.membership.Pauses.Deaths;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * How well the ring of agents tells who is there: 100 members with a period of 200 ms, 1 % of
 * datagrams lost; once with crashes, and once with 10 % of them standing still at any time, for
 * each set of rules with the same pauses.
 *
 * @param deaths of each set of rules, summed over the runs
 * @param ratios of deaths while running, {@link Rules#WEIR} to {@link Rules#SWIM}, by run
 */
public record MembershipResults(Times crashes, Map<Rules, Deaths> deaths, List<Double> ratios) {
  public static final int SIZE = 100;
  private static final double PAUSED = 0.1;

  public MembershipResults {
    deaths = Map.copyOf(deaths);
    ratios = List.copyOf(ratios);
  }

  /**
   * @param runs of each kind, with seeds drawn from {@code seed}
   * @param crashes in each run
   * @param seconds of pauses in each run
   */
  public static MembershipResults measure(int runs, int crashes, int seconds, long seed) {
    var seeds = new SplittableRandom(seed);
    List<Double> first = new ArrayList<>();
    List<Double> all = new ArrayList<>();
    Map<Rules, Deaths> deaths = new EnumMap<>(Rules.class);
    List<Double> ratios = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      long own = seeds.nextLong();
      Times times = Crashes.run(Settings.DEFAULT, Network.REGION, SIZE, crashes, own);
      first.addAll(times.first());
      all.addAll(times.all());
      Map<Rules, Deaths> of = new EnumMap<>(Rules.class);
      for (Rules rules : Rules.values()) {
        Settings settings = Settings.DEFAULT.rules(rules);
        Deaths some = Pauses.run(settings, Network.REGION, SIZE, PAUSED, seconds, own);
        of.put(rules, some);
        deaths.merge(rules, some, Deaths::plus);
      }
      ratios.add(ratio(of));
    }
    return new MembershipResults(new Times(first, all), deaths, ratios);
  }

  /** Of wrong deaths, with everything to those of plain SWIM. */
  public double falseDeathsRatio() {
    return ratio(deaths);
  }

  /** s, until every live member holds it dead. */
  public double crashP99() {
    return Times.p99(crashes.all());
  }

  public List<Figure> figures(String command) {
    return List.of(
        new Figure("membership.crash_p99_s", crashP99(), "s", List.of(), command),
        new Figure("membership.false_deaths_ratio", falseDeathsRatio(), "ratio", ratios, command));
  }

  /** Lines for people. */
  public String table() {
    var text = new StringBuilder();
    text.append(
        "%d members, period 200 ms, 1 %% of datagrams lost; %d crashes%n"
            .formatted(SIZE, crashes.all().size()));
    text.append("held dead by        mean      p99%n".formatted());
    text.append(row("the first member", crashes.first()));
    text.append(row("every live member", crashes.all()));
    text.append(
        "%n10 %% of them paused at any time, 1 to 3 s each: times that one held another dead%n"
            .formatted());
    text.append("rules        the other was running   it was paused   pauses%n".formatted());
    for (Rules rules : Rules.values()) {
      Deaths d = deaths.getOrDefault(rules, new Deaths(0, 0, 0));
      text.append(
          "%-12s %23d %15d %8d%n"
              .formatted(
                  rules.name().toLowerCase(Locale.ROOT),
                  d.whileRunning(),
                  d.whilePaused(),
                  d.pauses()));
    }
    return text.toString();
  }

  private static String row(String what, List<Double> values) {
    return "%-17s %4.2f s   %4.2f s%n".formatted(what, Times.mean(values), Times.p99(values));
  }

  private static double ratio(Map<Rules, Deaths> of) {
    Deaths weir = of.get(Rules.WEIR);
    Deaths swim = of.get(Rules.SWIM);
    return weir == null || swim == null
        ? Double.NaN
        : (double) weir.whileRunning() / Math.max(1, swim.whileRunning());
  }
}
