package io.weir.e2e.bench;

import io.weir.e2e.figure.Figure;
import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir bench l4}. */
@Command(
    name = "l4",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = "TCP relayed, responses of 1 MiB: CPU time per MiB, throughput.")
final class L4Bench implements Callable<Integer> {
  private static final String NAME = "l4";

  @Mixin private final BenchOptions options = new BenchOptions();

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "64",
      description = "Connections that the load holds (default: ${DEFAULT-VALUE}).")
  private int connections = 64;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Programs programs = Programs.locate();
    Installed origin = options.require(Software.ORIGIN, Optional.empty());
    var results = new Results();
    var contenders = new ArrayList<Contender>();
    contenders.add(new Weir(programs, new Template("weir-tcp.yaml"), false));
    contenders.addAll(
        options.rivals(programs, List.of(Software.NGINX_STREAM, Software.HAPROXY_TCP)));
    var plan =
        new Plan(
            NAME,
            Measure.MIB,
            List.of("1m"),
            List.of(options.positive("--connections", connections)),
            options.layouts(),
            options.rounds(),
            options.turn(),
            options.warmUp(),
            options.settings(false));
    Path work = Folders.temporary();
    try {
      var progress = new Progress(options.out(), plan.total(contenders.size()));
      new BenchRun(plan, work, origin, contenders, 0, progress, results).all();
    } finally {
      Folders.delete(work);
    }
    List<Figure> figures = new L4Figures(results, options.command()).all();
    return options.report(NAME, programs).write(results, Measure.MIB, figures, options.out());
  }
}
