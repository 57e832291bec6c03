package io.weir.controller.model;

import com.google.protobuf.Duration;
import java.math.BigInteger;

/** Durations of resources: bounds, and how a person writes them. */
final class Durations {
  private static final BigInteger GIGA = BigInteger.valueOf(1_000_000_000);
  private static final long MILLI = 1_000_000;

  private Durations() {}

  static long millis(long n) {
    return n * MILLI;
  }

  static long seconds(long n) {
    return n * 1_000 * MILLI;
  }

  static long minutes(long n) {
    return seconds(60 * n);
  }

  /** {@code duration} must be well formed and within the bounds, in nanoseconds. */
  static void range(Problems.On on, String field, Duration duration, long least, long most) {
    BigInteger nanos = nanos(duration);
    if (nanos.compareTo(BigInteger.valueOf(least)) < 0
        || nanos.compareTo(BigInteger.valueOf(most)) > 0) {
      on.add(field, "must be %s to %s, is %s".formatted(text(least), text(most), text(nanos)));
    }
  }

  /** Seconds and nanoseconds together can exceed a long. */
  static BigInteger nanos(Duration duration) {
    return BigInteger.valueOf(duration.getSeconds())
        .multiply(GIGA)
        .add(BigInteger.valueOf(duration.getNanos()));
  }

  static String text(BigInteger nanos) {
    return nanos.bitLength() < 63 ? text(nanos.longValue()) : nanos.divide(GIGA) + "s";
  }

  /** As it is written in YAML: "500ms", "2s", "1m30s", "24h". */
  static String text(long nanos) {
    if (nanos <= 0) {
      return nanos == 0 ? "0s" : "-" + text(-nanos);
    }
    if (nanos % MILLI != 0) {
      return nanos + "ns";
    }
    long millis = nanos / MILLI;
    if (millis % 1_000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1_000;
    StringBuilder text = new StringBuilder();
    part(text, seconds / 3_600, "h");
    part(text, seconds / 60 % 60, "m");
    part(text, seconds % 60, "s");
    return text.toString();
  }

  private static void part(StringBuilder text, long n, String unit) {
    if (n > 0) {
      text.append(n).append(unit);
    }
  }
}
