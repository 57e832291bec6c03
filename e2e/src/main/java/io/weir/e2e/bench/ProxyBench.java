package io.weir.e2e.bench;

import io.weir.e2e.figure.Figure;
import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code weir bench proxy}. */
@Command(
    name = "proxy",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "HTTP/1.1 with keep-alive on both sides: CPU time per request, throughput, latency.")
final class ProxyBench implements Callable<Integer> {
  private static final String NAME = "proxy";
  private static final List<String> SIZES = List.of("128b", "1k", "64k");
  private static final Template CONFIG = new Template("weir.yaml");

  /** A minute of each kind of load, or a taste of it. */
  private static final int SWAP_PAIRS = 6;

  private static final Duration SWAP_STRETCH = Duration.ofSeconds(10);

  @Mixin private final BenchOptions options = new BenchOptions();

  @Option(
      names = "--against",
      paramLabel = "NAME",
      split = ",",
      description =
          "Further contenders besides nginx and haproxy: caddy, trafficserver, varnish, h2o, envoy;"
              + " those that are installed, or that apt can install.")
  private List<String> against = List.of();

  @Option(
      names = "--sizes",
      paramLabel = "SIZE",
      split = ",",
      description = "Sizes of the bodies: 128b, 1k, 64k (default: all; with --quick 128b).")
  private @Nullable List<String> sizes;

  @Option(
      names = "--connections",
      paramLabel = "N",
      split = ",",
      description = "Connections that the load holds (default: 64,256; with --quick 64).")
  private @Nullable List<Integer> connections;

  @Option(
      names = "--access-log",
      paramLabel = "on|off",
      defaultValue = "off",
      description = "Whether all contenders write one (default: ${DEFAULT-VALUE}).")
  private String accessLog = "off";

  @Option(
      names = "--swaps",
      description =
          "Also a minute of load without and one with 1,000 changes of the configuration, in"
              + " turns of 10 s (with --quick one turn of each).")
  private boolean swaps;

  @Option(
      names = "--serve",
      paramLabel = "REQUESTS",
      description = "Go on until Weir has served so many, before its memory is read.")
  private long serve;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Plan plan = plan();
    Programs programs = Programs.locate();
    Installed origin = options.require(Software.ORIGIN, Optional.empty());
    var results = new Results();
    var contenders = new ArrayList<Contender>();
    contenders.add(new Weir(programs, CONFIG, false));
    contenders.addAll(options.rivals(programs, List.of(Software.NGINX, Software.HAPROXY)));
    contenders.addAll(further(results));
    int swapPairs = swaps ? (options.quick ? 1 : SWAP_PAIRS) : 0;
    Path work = Folders.temporary();
    try {
      Duration more = SWAP_STRETCH.multipliedBy(2L * swapPairs);
      var progress = new Progress(options.out(), plan.total(contenders.size()).plus(more));
      new BenchRun(plan, work, origin, contenders, serve, progress, results).all();
      if (swaps) {
        swaps(plan, work, origin, new Weir(programs, CONFIG, true), swapPairs, progress, results)
            .measure();
      }
    } finally {
      Folders.delete(work);
    }
    List<Figure> figures = new ProxyFigures(results, options.command()).all();
    return options.report(NAME, programs).write(results, Measure.REQUEST, figures, options.out());
  }

  /** In the first of what the plan combines. */
  private static Swaps swaps(
      Plan plan,
      Path work,
      Installed origin,
      Weir weir,
      int pairs,
      Progress progress,
      Results results) {
    Cell cell = plan.cells(plan.layouts().getFirst()).getFirst();
    return new Swaps(
        work,
        origin,
        weir,
        cell,
        plan.settings(),
        plan.warmUp(),
        pairs,
        SWAP_STRETCH,
        progress,
        results);
  }

  private Plan plan() throws IOException {
    List<String> chosen =
        sizes == null ? (options.quick ? List.of(SIZES.getFirst()) : SIZES) : sizes;
    if (!SIZES.containsAll(chosen)) {
      throw options.wrong("--sizes: %s, not %s".formatted(SIZES, chosen));
    }
    if (!List.of("on", "off").contains(accessLog)) {
      throw options.wrong("--access-log is on or off, not " + accessLog);
    }
    List<Integer> counts =
        connections == null ? (options.quick ? List.of(64) : List.of(64, 256)) : connections;
    counts.forEach(count -> options.positive("--connections", count));
    return new Plan(
        NAME,
        Measure.REQUEST,
        chosen,
        counts,
        options.layouts(),
        options.rounds(),
        options.turn(),
        options.warmUp(),
        options.settings(accessLog.equals("on")));
  }

  /** What is not there is noted. */
  private List<Contender> further(Results results) {
    var found = new ArrayList<Contender>();
    for (String name : against) {
      if (name.equals(Software.NGINX.name()) || name.equals(Software.HAPROXY.name())) {
        continue;
      }
      Software software =
          Software.other(name)
              .orElseThrow(() -> options.wrong("--against: there is no contender " + name));
      Installed.find(software, Optional.empty())
          .ifPresentOrElse(
              found::add, () -> results.note(name + " is left out: it is not installed"));
    }
    return found;
  }
}
