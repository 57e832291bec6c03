package io.weir.cli.command;

import io.weir.cli.admin.CtlException;
import io.weir.cli.yaml.Durations;
import io.weir.v1.TracePoint;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Loads as files have them: a line of CSV or an object of JSON for each moment. */
final class Traces {
  private static final int MOST = 100_000;
  private static final Pattern FIELD =
      Pattern.compile("\"(seconds|rate|service_time)\"\\s*:\\s*\"?([^\",}\\s]+)\"?");

  private Traces() {}

  static List<TracePoint> read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw CtlException.error("there is no file " + file);
    } catch (CharacterCodingException e) {
      throw CtlException.error(file + " is not UTF-8 text");
    } catch (IOException e) {
      throw CtlException.error("cannot read " + file + ": " + e.getMessage());
    }
    List<TracePoint> points = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      boolean head = i == 0 && line.toLowerCase(Locale.ROOT).startsWith("seconds");
      if (!line.isEmpty() && !line.startsWith("#") && !head) {
        String where = file + ":" + (i + 1);
        points.add(
            point(line)
                .orElseThrow(() ->
                    CtlException.error(
                        where
                            + ": must be seconds,rate,service_time, as in 60,1200,80ms; is \""
                            + line
                            + "\"")));
      }
    }
    if (points.isEmpty() || points.size() > MOST) {
      throw CtlException.error(
          "%s must have 1 to %,d moments, has %,d".formatted(file, MOST, points.size()));
    }
    return points;
  }

  private static Optional<TracePoint> point(String line) {
    if (!line.startsWith("{")) {
      String[] cells = line.split(",", -1);
      return cells.length == 3
          ? point(cells[0].strip(), cells[1].strip(), cells[2].strip())
          : Optional.empty();
    }
    String[] cells = {"", "", ""};
    Matcher fields = FIELD.matcher(line);
    while (fields.find()) {
      cells[List.of("seconds", "rate", "service_time").indexOf(fields.group(1))] = fields.group(2);
    }
    return point(cells[0], cells[1], cells[2]);
  }

  /** A service time without a unit is in seconds. */
  private static Optional<TracePoint> point(String seconds, String rate, String service) {
    try {
      Optional<Duration> took =
          service.matches("[0-9.]+")
              ? Optional.of(Duration.ofNanos(Math.round(Double.parseDouble(service) * 1e9)))
              : Durations.parse(service);
      double number = Double.parseDouble(rate);
      Duration at = Duration.ofSeconds(Math.round(Double.parseDouble(seconds)));
      return took.filter(_ -> number >= 0 && !at.isNegative())
          .map(duration ->
              TracePoint.newBuilder()
                  .setTime(wire(at))
                  .setRate(number)
                  .setServiceTime(wire(duration))
                  .build());
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  static com.google.protobuf.Duration wire(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }
}
