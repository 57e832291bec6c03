package io.weir.e2e.bench;

import io.weir.e2e.live.Programs;
import io.weir.e2e.sim.balance.Cell;
import io.weir.e2e.sim.balance.Contender;
import io.weir.e2e.sim.balance.Outcome;
import io.weir.e2e.sim.balance.Simulation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir bench balance}. */
@Command(
    name = "balance",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "How long requests take with Weir's balancer and with others, in virtual time: many proxies"
            + " over a hundred servers.")
final class BalanceBench implements Callable<Integer> {
  static final String PAGE = "balancing.md";

  @Mixin private final CommonOptions options = new CommonOptions();

  @Option(
      names = "--real",
      description =
          "With real sockets instead: four proxies, Weir's, HAProxy or nginx, over ten emulated"
              + " endpoints.")
  private boolean real;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of all randomness of the simulation (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Override
  public Integer call() throws IOException, InterruptedException {
    return real ? new RealBalance(options).call() : simulate();
  }

  private int simulate() throws IOException {
    BalancePlan plan = options.quick ? BalancePlan.QUICK : BalancePlan.FULL;
    var results = new BalanceResults();
    var progress = new Progress(options.out(), plan.total());
    for (Cell cell : plan.cells()) {
      for (int n = 0; n < plan.seeds(cell); n++) {
        progress.step(
            "%s, %d proxies, %.0f %% load"
                .formatted(cell.scenario().name(), cell.proxies(), 100 * cell.load()),
            plan.time(cell));
        progress.result(run(plan, cell, seed + n, results));
      }
    }
    String tables = new BalanceTables(results, plan).toString();
    options.out().println(tables);
    options.out().flush();
    var report = new BalanceReport("balance", options.command());
    Optional<Path> page = options.page(Programs.locate(), PAGE);
    if (page.isPresent()) {
      String plots = new BalancePlots(results, plan).write(page.get().resolveSibling("."));
      report.page(page.get(), List.of(), tables + plots);
    }
    return report.json(options.json(), new BalanceFigures(results, plan, options.command()).all());
  }

  /** What came of it, on one line. */
  private static String run(BalancePlan plan, Cell cell, long seed, BalanceResults results) {
    var said = new ArrayList<String>();
    for (Contender contender : Contender.values()) {
      Outcome outcome = Simulation.run(contender, cell, plan.window(), seed);
      results.add(cell, contender, outcome);
      said.add("%s %s".formatted(contender.id(), number(outcome.p99())));
    }
    return "p99 ms: " + String.join(", ", said);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.0f", value);
  }
}
