package io.weir.e2e.bench;

import io.weir.e2e.figure.Figure;
import io.weir.e2e.live.Programs;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private static final List<String> SIZES = List.of("128b", "1k", "64k");

  @Mixin private final BenchOptions options = new BenchOptions();

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

  @Override
  public Integer call() throws IOException, InterruptedException {
    var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    Plan plan = plan();
    Programs programs = Programs.locate();
    Installed origin = options.require(Software.ORIGIN, Optional.empty());
    var results = new Results();
    var contenders = new ArrayList<Contender>();
    contenders.add(new Weir(programs, new Template("weir.yaml"), false));
    contenders.addAll(
        options.rivals(
            programs, List.of(Software.NGINX, Software.HAPROXY), Software.OTHERS, results));
    Path work = Folders.temporary();
    try {
      var progress = new Progress(out, plan.total(contenders.size()));
      new ProxyRun(plan, work, origin, contenders, progress, results, options.command()).all();
    } finally {
      Folders.delete(work);
    }
    out.println(new ProxyTable(results));
    out.flush();
    List<Figure> figures = new ProxyFigures(results, options.command()).all();
    if (options.json != null) {
      Files.writeString(options.json, Figure.json(figures));
    }
    return figures.isEmpty() ? 1 : 0;
  }

  private Plan plan() {
    List<String> chosen =
        sizes == null ? (options.quick ? List.of(SIZES.getFirst()) : SIZES) : sizes;
    chosen.stream()
        .filter(size -> !SIZES.contains(size))
        .findFirst()
        .ifPresent(size -> {
          throw options.wrong("--sizes: " + size + " is none of " + String.join(", ", SIZES));
        });
    if (!List.of("on", "off").contains(accessLog)) {
      throw options.wrong("--access-log is on or off, not " + accessLog);
    }
    List<Integer> counts =
        connections == null ? (options.quick ? List.of(64) : List.of(64, 256)) : connections;
    return new Plan(
        chosen,
        counts,
        options.layouts(),
        options.rounds(),
        options.turn(),
        options.warmUp(),
        accessLog.equals("on"));
  }
}
