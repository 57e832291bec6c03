package io.weir.cli.view;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times as kubectl shows them. */
public final class Ages {
  private Ages() {}

  /** "5s", "3m", "2h"; an unset {@code time} is "<unknown>". */
  public static String since(Timestamp time, Instant now) {
    return time.equals(Timestamp.getDefaultInstance())
        ? "<unknown>"
        : format(Duration.between(instant(time), now));
  }

  /** "2026-01-01T00:00:00Z (2h ago)". */
  public static String timeAndAge(Timestamp time, Instant now) {
    return time.equals(Timestamp.getDefaultInstance())
        ? "<unknown>"
        : instant(time).truncatedTo(ChronoUnit.SECONDS) + " (" + since(time, now) + " ago)";
  }

  private static Instant instant(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  /** Two units while they matter, then one (HumanDuration of k8s.io/apimachinery). */
  static String format(Duration age) {
    long seconds = age.toSeconds();
    if (seconds < 0) {
      return "0s"; // clocks differ
    }
    if (seconds < 120) {
      return seconds + "s";
    }
    long minutes = age.toMinutes();
    if (minutes < 10) {
      return pair(minutes, "m", age.toSecondsPart(), "s");
    }
    if (minutes < 180) {
      return minutes + "m";
    }
    long hours = age.toHours();
    if (hours < 8) {
      return pair(hours, "h", age.toMinutesPart(), "m");
    }
    if (hours < 48) {
      return hours + "h";
    }
    long days = age.toDays();
    if (days < 8) {
      return pair(days, "d", age.toHoursPart(), "h");
    }
    return days < 730 ? days + "d" : pair(days / 365, "y", days % 365, "d");
  }

  private static String pair(long first, String unit, long second, String smaller) {
    return second == 0 ? first + unit : first + unit + second + smaller;
  }
}
