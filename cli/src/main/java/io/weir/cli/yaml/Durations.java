package io.weir.cli.yaml;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 2s}, {@code 1m30s}, {@code 1.5h}. */
public final class Durations {
  private static final Pattern PART = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(ns|us|ms|s|m|h)");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  /** What google.protobuf.Duration can hold: some 10,000 years. */
  private static final BigDecimal MAX_NANOS = new BigDecimal("315576000000000000000");

  private static final BigDecimal NANOS_PER_SECOND = BigDecimal.valueOf(1_000_000_000L);

  private Durations() {}

  /** Empty when {@code text} is not a duration, is finer than 1 ns, or beyond 10,000 years. */
  public static Optional<Duration> parse(String text) {
    if (text.length() > 64) {
      return Optional.empty();
    }
    BigDecimal nanos = BigDecimal.ZERO;
    Matcher part = PART.matcher(text);
    int end = 0;
    while (end < text.length() && part.find(end) && part.start() == end) {
      BigDecimal unit = BigDecimal.valueOf(NANOS.getOrDefault(part.group(2), 1L));
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(unit));
      end = part.end();
    }
    if (end == 0 || end < text.length() || nanos.compareTo(MAX_NANOS) > 0) {
      return Optional.empty();
    }
    if (nanos.stripTrailingZeros().scale() > 0) {
      return Optional.empty();
    }
    BigDecimal[] parts = nanos.divideAndRemainder(NANOS_PER_SECOND);
    return Optional.of(Duration.ofSeconds(parts[0].longValueExact(), parts[1].longValueExact()));
  }

  /** The shortest form that {@link #parse} reads back; {@code duration} is not negative. */
  public static String format(Duration duration) {
    if (duration.isZero()) {
      return "0s";
    }
    if (duration.toSeconds() == 0) {
      int nanos = duration.toNanosPart();
      if (nanos >= 1_000_000) {
        return decimal(nanos, 1_000_000) + "ms";
      }
      return nanos >= 1_000 ? decimal(nanos, 1_000) + "us" : nanos + "ns";
    }
    StringBuilder text = new StringBuilder();
    if (duration.toHours() > 0) {
      text.append(duration.toHours()).append('h');
    }
    if (duration.toMinutesPart() > 0) {
      text.append(duration.toMinutesPart()).append('m');
    }
    if (duration.toSecondsPart() > 0 || duration.toNanosPart() > 0) {
      long nanos = duration.toSecondsPart() * 1_000_000_000L + duration.toNanosPart();
      text.append(decimal(nanos, 1_000_000_000)).append('s');
    }
    return text.toString();
  }

  private static String decimal(long value, long unit) {
    return BigDecimal.valueOf(value)
        .divide(BigDecimal.valueOf(unit))
        .stripTrailingZeros()
        .toPlainString();
  }
}
