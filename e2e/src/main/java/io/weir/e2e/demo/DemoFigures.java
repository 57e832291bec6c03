package io.weir.e2e.demo;

import io.weir.e2e.figure.Figure;
import java.util.List;
import java.util.stream.Stream;

/** What the demo measures, as figures. */
final class DemoFigures {
  private DemoFigures() {}

  /** All of it. */
  static List<Figure> of(Outcome outcome, String command) {
    List<Phase> phases = outcome.phases();
    return List.of(
        count("demo.requests", phases.stream().map(phase -> (double) phase.requests()), command),
        count("demo.failed", phases.stream().map(phase -> (double) phase.failed()), command),
        new Figure(
            "demo.share_error_max",
            outcome.shareErrorMax(),
            "percentage points",
            phases.stream().map(Phase::shareError).toList(),
            command),
        count("demo.weight_change.failed", outcome.weightChange().failed(), command),
        count("demo.controller_down.requests", outcome.controllerDown().requests(), command),
        count("demo.controller_down.failed", outcome.controllerDown().failed(), command),
        count(
            "demo.kill.failed_idempotent",
            outcome.kills().stream().map(phase -> (double) phase.failedIdempotent()),
            command),
        new Figure(
            "demo.failover_ms",
            outcome.failoverMillis().stream().mapToDouble(Double::doubleValue).max().orElse(0),
            "ms",
            outcome.failoverMillis(),
            command));
  }

  private static Figure count(String name, Stream<Double> samples, String command) {
    List<Double> all = samples.toList();
    return new Figure(
        name, all.stream().mapToDouble(Double::doubleValue).sum(), "requests", all, command);
  }

  private static Figure count(String name, long value, String command) {
    return new Figure(name, value, "requests", List.of((double) value), command);
  }
}
