package io.weir.e2e.bench;

import io.weir.controller.StartupException;
import io.weir.e2e.live.Programs;
import io.weir.e2e.security.SecurityFigures;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir bench security}. */
@Command(
    name = "security",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "Whether every call with every certificate is allowed or refused as documented, and whether"
            + " certificates replaced under load cost anything.")
final class SecurityBench implements Callable<Integer> {
  static final String PAGE = "security.md";

  private static final int QUICK_ROTATIONS = 3;

  @Mixin private final CommonOptions options = new CommonOptions();

  @Option(
      names = "--rotations",
      paramLabel = "N",
      defaultValue = "10",
      description = "How often (default: ${DEFAULT-VALUE}; 3 with --quick).")
  private int rotations = 10;

  @Override
  public Integer call() throws IOException, StartupException {
    Programs programs = Programs.locate();
    int count = options.quick ? QUICK_ROTATIONS : options.positive("--rotations", rotations);
    SecurityFigures measured = SecurityFigures.measure(programs, count);
    measured.matrix().wrong().forEach(options.out()::println);
    options.out().println(measured.text());
    options.out().flush();
    var report = new BalanceReport("security", options.command());
    var page = options.page(programs, PAGE);
    if (page.isPresent()) {
      report.page(page.get(), List.of(), measured.text());
    }
    return report.json(options.json(), measured.figures(options.command()));
  }
}
