package io.weir.cli.command;

import io.weir.cli.admin.Connection;
import io.weir.cli.admin.CtlException;
import io.weir.cli.view.Paint;
import io.weir.cli.view.Table;
import io.weir.cli.yaml.Declared;
import io.weir.v1.Resource;
import io.weir.v1.SimulateScalerRequest;
import io.weir.v1.SimulateScalerResponse;
import io.weir.v1.SimulatedPoint;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells what a Scaler would have made of a load. */
@Command(
    name = "simulate",
    sortOptions = false,
    description = {
      "Tells what a Scaler would have made of a load, without applying it.",
      "Write simulate scaler. The trace has a line for each moment that the load changes:",
      "seconds,rate,service_time, as in 60,1200,80ms; or an object of JSON with these names."
    })
public final class SimulateCommand implements Callable<Integer> {
  private static final int MOST_CHANGES = 40;

  private final WeirCtl ctl;

  @Parameters(arity = "1", paramLabel = "scaler", hideParamSyntax = true)
  private String what = "";

  @Option(
      names = {"-f", "--filename"},
      required = true,
      paramLabel = "FILE|-",
      description = "YAML or JSON with one Scaler; - for stdin.")
  private List<Path> files = new ArrayList<>();

  @Option(names = "--trace", required = true, paramLabel = "FILE", description = "The load.")
  private Path trace = Path.of("");

  @Option(
      names = "--capacity",
      paramLabel = "N",
      description = "Requests that an endpoint has under way before they take longer (default 8).")
  private double capacity;

  @Option(
      names = "--objective",
      paramLabel = "DURATION",
      converter = WeirCtl.DurationOption.class,
      description = "What a request may take (default 4 times its service time).")
  private @Nullable Duration objective;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "text (default), csv (all points), json or yaml.")
  private String format = "text";

  public SimulateCommand(WeirCtl ctl) {
    this.ctl = ctl;
  }

  @Override
  public Integer call() {
    if (!what.equals("scaler")) {
      throw CtlException.error("write simulate scaler -f FILE --trace FILE");
    }
    if (!List.of("text", "csv", "json", "yaml").contains(format)) {
      throw CtlException.error("-o must be text, csv, json or yaml, not \"" + format + "\"");
    }
    SimulateScalerRequest.Builder request =
        SimulateScalerRequest.newBuilder()
            .setSpec(scaler().getScaler().getSpec())
            .addAllTrace(Traces.read(trace))
            .setEndpointCapacity(capacity);
    if (objective != null) {
      request.setObjective(Traces.wire(objective));
    }
    try (Connection connection = new Connection(ctl.address(), ctl.timeout())) {
      print(connection.admin().simulateScaler(request.build()));
    }
    return 0;
  }

  private Resource scaler() {
    List<Declared> declared = Inputs.read(files, false, ctl.console().in());
    if (declared.size() != 1 || !declared.getFirst().resource().hasScaler()) {
      throw CtlException.error("-f must have exactly one resource, a Scaler");
    }
    return declared.getFirst().resource();
  }

  private void print(SimulateScalerResponse answer) {
    switch (format) {
      case "csv" -> csv(answer);
      case "json" -> Format.JSON.print(ctl, answer);
      case "yaml" -> Format.YAML.print(ctl, answer);
      default -> text(answer);
    }
  }

  private void csv(SimulateScalerResponse answer) {
    ctl.out().println("seconds,rate,endpoints,desired,latency_ms");
    for (SimulatedPoint point : answer.getPointsList()) {
      ctl.out()
          .println(
              String.format(
                  Locale.ROOT,
                  "%d,%.3f,%d,%d,%.3f",
                  point.getTime().getSeconds(),
                  point.getRate(),
                  point.getEndpoints(),
                  point.getDesired(),
                  millis(point)));
    }
  }

  private void text(SimulateScalerResponse answer) {
    List<SimulatedPoint> changes =
        answer.getPointsList().stream()
            .filter(point -> point.getEndpoints() != point.getDesired())
            .toList();
    Table table = new Table(List.of("SECOND", "RATE", "P99", "WHAT, AND WHY"));
    changes.stream()
        .limit(MOST_CHANGES)
        .forEach(point ->
            table.row(
                List.of(
                    Long.toString(point.getTime().getSeconds()),
                    String.format(Locale.ROOT, "%,.0f", point.getRate()),
                    String.format(Locale.ROOT, "%,.0f ms", millis(point)),
                    point.getReason())));
    if (!table.isEmpty()) {
      ctl.out().print(table.render(Paint.PLAIN));
      if (changes.size() > MOST_CHANGES) {
        ctl.out().println("and %d more".formatted(changes.size() - MOST_CHANGES));
      }
      ctl.out().println();
    }
    ctl.out()
        .println(
            String.format(
                Locale.ROOT,
                "%,.0f endpoint seconds; %,.0f seconds in which requests took too long; %d changes,"
                    + " %d of them back within 5 min",
                answer.getEndpointSeconds(),
                answer.getViolationSeconds(),
                answer.getChanges(),
                answer.getReversals()));
  }

  private static double millis(SimulatedPoint point) {
    return point.getLatency().getSeconds() * 1e3 + point.getLatency().getNanos() / 1e6;
  }
}
