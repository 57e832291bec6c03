package io.weir.e2e.figure;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One measured value, as {@code --json} writes it.
 *
 * @param figure dotted name, unique within one run
 * @param samples what the value was made of; may be empty
 * @param command what to type to measure it again
 */
public record Figure(
    String figure, double value, String unit, List<Double> samples, String command) {
  public Figure {
    samples = List.copyOf(samples);
  }

  /** A JSON list of objects, one line each, and a line end. */
  public static String json(List<Figure> figures) {
    return figures.stream()
        .map(Figure::json)
        .collect(Collectors.joining(",\n  ", "[\n  ", "\n]\n"));
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
