package io.weir.agent.control;

import com.google.protobuf.Duration;
import io.weir.agent.model.Refusal;
import io.weir.v1.Size;
import java.util.List;

/** Gathers what is wrong with one resource; each check answers a usable value and goes on. */
final class Refusals {
  private static final java.time.Duration MAX = java.time.Duration.ofDays(36_500);

  private final String kind;
  private final String name;
  private final List<Refusal> found;

  /** Adds to {@code found}. */
  Refusals(String kind, String name, List<Refusal> found) {
    this.kind = kind;
    this.name = name;
    this.found = found;
  }

  void add(String field, String reason) {
    found.add(new Refusal(kind, name, field, reason));
  }

  int range(String field, int value, int min, int max) {
    if (value >= min && value <= max) {
      return value;
    }
    add(field, "is " + value + "; it must be from " + min + " to " + max);
    return min;
  }

  /** {@code unset} when the field is not there. */
  long range(String field, boolean isSet, Size value, long unset, long min, long max) {
    if (!isSet) {
      return unset;
    }
    long bytes = value.getBytes();
    if (bytes < min || bytes > max) {
      add(
          field,
          max == Long.MAX_VALUE
              ? "is " + text(bytes) + "; it must be at least " + text(min)
              : "is " + text(bytes) + "; it must be from " + text(min) + " to " + text(max));
      return unset;
    }
    return bytes;
  }

  /** {@code unset} when the field is not there. */
  java.time.Duration range(
      String field,
      boolean isSet,
      Duration value,
      java.time.Duration unset,
      java.time.Duration min,
      java.time.Duration max) {
    if (!isSet) {
      return unset;
    }
    if (Math.abs(value.getSeconds()) > MAX.toSeconds()) {
      add(field, "is out of range; it must be from " + text(min) + " to " + text(max));
      return unset;
    }
    java.time.Duration duration =
        java.time.Duration.ofSeconds(value.getSeconds(), value.getNanos());
    if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      add(field, "is " + text(duration) + "; it must be from " + text(min) + " to " + text(max));
      return unset;
    }
    return duration;
  }

  /** As operators write it: "32KiB", "10MiB", "1GiB", "1000B". */
  static String text(long bytes) {
    for (int shift = 30; shift > 0 && bytes > 0; shift -= 10) {
      if ((bytes & ((1L << shift) - 1)) == 0) {
        return (bytes >> shift) + List.of("KiB", "MiB", "GiB").get(shift / 10 - 1);
      }
    }
    return bytes + "B";
  }

  /** As operators write it: "500ms", "2s", "1m30s". */
  static String text(java.time.Duration duration) {
    if (duration.isZero()) {
      return "0s";
    }
    StringBuilder text = new StringBuilder(duration.isNegative() ? "-" : "");
    java.time.Duration d = duration.abs();
    part(text, d.toHours(), "h");
    part(text, d.toMinutesPart(), "m");
    part(text, d.toSecondsPart(), "s");
    part(text, d.toMillisPart(), "ms");
    part(text, d.toNanosPart() % 1_000_000, "ns");
    return text.toString();
  }

  private static void part(StringBuilder text, long amount, String unit) {
    if (amount > 0) {
      text.append(amount).append(unit);
    }
  }
}
