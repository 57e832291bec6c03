package io.weir.e2e.bench;

import io.weir.e2e.crash.Crashes;
import io.weir.e2e.figure.Figure;
import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir bench store}. */
@Command(
    name = "store",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "Whether the embedded store keeps what it acknowledged: a process that writes to it is"
            + " killed at random moments, again and again.")
final class StoreBench implements Callable<Integer> {
  static final String PAGE = "store.md";

  private static final int QUICK_KILLS = 20;
  private static final int REPORT_EVERY = 50;

  @Mixin private final CommonOptions options = new CommonOptions();

  @Option(
      names = "--kills",
      paramLabel = "N",
      defaultValue = "500",
      description = "How often (default: ${DEFAULT-VALUE}; 20 with --quick).")
  private int kills = 500;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of the moments (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Override
  public Integer call() throws IOException {
    int count = options.quick ? QUICK_KILLS : options.positive("--kills", kills);
    Crashes crashes =
        Crashes.run(
            Programs.locate(),
            count,
            seed,
            kill -> {
              if (kill % REPORT_EVERY == 0) {
                options.out().println(kill + " kills …");
                options.out().flush();
              }
            });
    crashes.lost().forEach(options.out()::println);
    crashes.unopened().forEach(options.out()::println);
    String measured =
        """

        %,d kills with SIGKILL, %,d writes acknowledged by then: %,d lost or there by half, %,d times that
        the store could not be opened.
        """
            .formatted(
                crashes.kills(),
                crashes.acknowledged(),
                crashes.lost().size(),
                crashes.unopened().size());
    options.out().println(measured);
    options.out().flush();
    var report = new BalanceReport("store", options.command());
    var page = options.page(Programs.locate(), PAGE);
    if (page.isPresent()) {
      report.page(page.get(), List.of(), measured);
    }
    return report.json(options.json(), figures(crashes));
  }

  private List<Figure> figures(Crashes crashes) {
    List<Figure> figures = new ArrayList<>();
    add(figures, "store.kills", crashes.kills());
    add(figures, "store.acked_writes", (double) crashes.acknowledged());
    add(figures, "store.lost", crashes.lost().size());
    add(figures, "store.start_failures", crashes.unopened().size());
    return figures;
  }

  private void add(List<Figure> figures, String name, double value) {
    figures.add(new Figure(name, value, "count", List.of(value), options.command()));
  }
}
