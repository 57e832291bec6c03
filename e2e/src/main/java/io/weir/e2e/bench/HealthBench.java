package io.weir.e2e.bench;

import io.weir.e2e.figure.Figure;
import io.weir.e2e.live.Programs;
import io.weir.e2e.sim.fleet.Cluster;
import io.weir.e2e.sim.fleet.Mutation;
import io.weir.e2e.sim.fleet.Seeds;
import io.weir.e2e.sim.health.Detection;
import io.weir.e2e.sim.health.Scenario;
import io.weir.e2e.sim.membership.MembershipResults;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir bench health}. */
@Command(
    name = "health",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "How soon and how surely a fleet finds out who is dead, in virtual time: endpoints, agents,"
            + " and the whole fleet under random faults.")
final class HealthBench implements Callable<Integer> {
  static final String PAGE = "health.md";

  @Mixin private final CommonOptions options = new CommonOptions();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of the first run of each kind (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  /** How much of everything. */
  private record Effort(
      Duration length, int runs, int crashes, int pauses, int seeds, int mutantSeeds) {
    static final Effort QUICK = new Effort(Duration.ofSeconds(60), 1, 10, 10, 100, 200);
    static final Effort FULL = new Effort(Duration.ofMinutes(5), 2, 50, 60, 10_000, 1_000);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Effort effort = options.quick ? Effort.QUICK : Effort.FULL;
    say("endpoints: everybody probes everything, and Weir, through the same deaths");
    Detection.Comparison detection = Detection.compare(Scenario.large(effort.length(), seed));
    say("an agent that is cut off from all endpoints");
    Detection.CutOff cutOff =
        Detection.cutOff(Scenario.large(Duration.ofSeconds(90), seed).withoutDeaths());
    say("agents: crashes and pauses in a ring of " + MembershipResults.SIZE);
    MembershipResults ring =
        MembershipResults.measure(effort.runs(), effort.crashes(), effort.pauses(), seed);
    Seeds seeds;
    Map<Mutation, Long> caught = new LinkedHashMap<>();
    try {
      say("the whole fleet, " + effort.seeds() + " seeds");
      seeds = Seeds.run(Cluster.SEVERAL, seed, seed + effort.seeds(), Mutation.NONE);
      for (Mutation mutation : Mutation.values()) {
        if (mutation != Mutation.NONE) {
          say("mutant: " + mutation);
          caught.put(mutation, Seeds.caught(Cluster.SEVERAL, mutation, effort.mutantSeeds()));
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    HealthTables tables = new HealthTables(detection, cutOff, ring, seeds, caught);
    options.out().println();
    options.out().println(tables);
    options.out().flush();
    var report = new BalanceReport("health", options.command());
    var page = options.page(Programs.locate(), PAGE);
    if (page.isPresent()) {
      report.page(page.get(), List.of(), tables.toString());
    }
    return report.json(options.json(), figures(detection, cutOff, ring, seeds, caught));
  }

  private void say(String what) {
    options.out().println(what + " …");
    options.out().flush();
  }

  private List<Figure> figures(
      Detection.Comparison detection,
      Detection.CutOff cutOff,
      MembershipResults ring,
      Seeds seeds,
      Map<Mutation, Long> caught) {
    List<Figure> figures = new ArrayList<>();
    add(figures, "health.probes_ratio", "ratio", detection.probesRatio());
    add(figures, "health.detect_mean_ratio", "ratio", detection.detectMeanRatio());
    add(figures, "health.detect_p99_ratio", "ratio", detection.detectP99Ratio());
    add(figures, "health.false_ejections_ratio", "ratio", detection.falseEjectionsRatio());
    add(figures, "health.partition.global_ejections", "count", (double) cutOff.globalEjections());
    figures.addAll(ring.figures(options.command()));
    add(figures, "sim.seeds", "count", (double) seeds.runs());
    add(figures, "sim.broken", "count", seeds.broken().size());
    add(
        figures,
        "sim.mutants_caught",
        "count",
        (double) caught.values().stream().filter(first -> first > 0).count());
    add(figures, "sim.mutants", "count", caught.size());
    return figures;
  }

  private void add(List<Figure> figures, String name, String unit, double value) {
    Optional.of(value)
        .filter(measured -> !Double.isNaN(measured))
        .ifPresent(measured ->
            figures.add(new Figure(name, measured, unit, List.of(measured), options.command())));
  }
}
