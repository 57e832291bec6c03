package io.weir.e2e.bench;

import io.weir.e2e.chaos.Chaos;
import io.weir.e2e.chaos.Checker;
import io.weir.e2e.figure.Figure;
import io.weir.e2e.live.EtcdCluster;
import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir bench chaos}. */
@Command(
    name = "chaos",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "Whether three controllers on an etcd of three members keep every write while any of them"
            + " is killed, stopped or cut off (links need root).")
final class ChaosBench implements Callable<Integer> {
  private static final int MOST_SHOWN = 20;

  @Mixin private final CommonOptions options = new CommonOptions();

  @Option(
      names = "--minutes",
      paramLabel = "N",
      defaultValue = "10",
      description = "How long (default: ${DEFAULT-VALUE}; half a minute with --quick).")
  private int minutes = 10;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of what befalls them (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Override
  public Integer call() throws IOException {
    if (!EtcdCluster.installed()) {
      throw options.wrong("no etcd on the PATH: install it");
    }
    Duration length =
        options.quick
            ? Duration.ofSeconds(30)
            : Duration.ofMinutes(options.positive("--minutes", minutes));
    long began = System.nanoTime();
    Chaos.Outcome outcome =
        Chaos.run(
            length,
            seed,
            what -> {
              double at = (System.nanoTime() - began) / 1e9;
              options.out().printf("%6.1f s  %s%n", at, what);
              options.out().flush();
            });
    Checker.Findings findings = outcome.findings();
    findings.all().stream().limit(MOST_SHOWN).forEach(options.out()::println);
    outcome.complaints().forEach(options.out()::println);
    String measured =
        """

        | %s of it, seed %d | |
        |---|---|
        | killed, stopped, cut%s | %s |
        | writes, acknowledged | %,d, %,d |
        | lost | %d |
        | there twice | %d |
        | out of order, or there though refused | %d |
        | revisions sent to agents | %,d |
        | older than one before | %d |
        | of another content than elsewhere, or in the end | %d |
        """
            .formatted(
                length.toMinutes() > 0 ? length.toMinutes() + " min" : length.toSeconds() + " s",
                seed,
                outcome.links() ? "" : " (no links: that needs root)",
                String.join(
                    ", ",
                    new TreeMap<>(outcome.deeds())
                        .entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList()),
                outcome.history().writes().size(),
                findings.acked(),
                findings.lost().size(),
                findings.duplicated().size(),
                findings.misplaced().size(),
                outcome.history().sightings().size(),
                findings.backward().size(),
                findings.different().size());
    options.out().println(measured);
    options.out().flush();
    var report = new BalanceReport("chaos", options.command());
    var page = options.page(Programs.locate(), DeliveryBench.PAGE);
    if (page.isPresent()) {
      report.page(page.get(), List.of(), measured);
    }
    return report.json(options.json(), figures(findings));
  }

  private List<Figure> figures(Checker.Findings findings) {
    List<Figure> figures = new ArrayList<>();
    add(figures, "chaos.acked_writes", (double) findings.acked());
    add(figures, "chaos.lost", findings.lost().size());
    add(figures, "chaos.duplicated", findings.duplicated().size());
    add(figures, "chaos.misplaced", findings.misplaced().size());
    add(figures, "chaos.backward_revisions", findings.backward().size());
    add(figures, "chaos.different_contents", findings.different().size());
    return figures;
  }

  private void add(List<Figure> figures, String name, double value) {
    figures.add(new Figure(name, value, "count", List.of(value), options.command()));
  }
}
