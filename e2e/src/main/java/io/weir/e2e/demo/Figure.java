package io.weir.e2e.demo;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One measured value, as {@code --json} writes it. */
record Figure(String figure, double value, String unit, List<Double> samples, String command) {
  Figure {
    samples = List.copyOf(samples);
  }

  /** All that the demo measures. */
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

  static String json(List<Figure> figures) {
    return figures.stream()
        .map(Figure::json)
        .collect(Collectors.joining(",\n  ", "[\n  ", "\n]\n"));
  }

  private static Figure count(String name, Stream<Double> samples, String command) {
    List<Double> all = samples.toList();
    return new Figure(
        name, all.stream().mapToDouble(Double::doubleValue).sum(), "requests", all, command);
  }

  private static Figure count(String name, long value, String command) {
    return new Figure(name, value, "requests", List.of((double) value), command);
  }

  private String json() {
    return "{\"figure\": \"%s\", \"value\": %s, \"unit\": \"%s\", \"samples\": [%s], \"command\": \"%s\"}"
        .formatted(
            figure,
            number(value),
            unit,
            samples.stream().map(Figure::number).collect(Collectors.joining(", ")),
            command.replace("\\", "\\\\").replace("\"", "\\\""));
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.3f", value);
  }
}
