package io.weir.controller.scaling;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * When something begins: five fields of cron (crontab(5)): minute, hour, day of month, month, day
 * of week. Each is "*", numbers, ranges "1-5" and steps "*\/15", separated by commas; months and
 * days may be named by three letters; Sunday is 0 and 7. Where both the day of month and the day of
 * week are restricted, either does. A time that a clock skips in spring is as much later, one that
 * it has twice in autumn is the first.
 */
public final class Cron {
  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
  private static final List<String> DAYS = List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");

  private final BitSet minutes;
  private final BitSet hours;
  private final BitSet daysOfMonth;
  private final BitSet months;
  private final BitSet daysOfWeek;
  private final boolean eitherDay;

  private Cron(String[] fields) {
    minutes = set("minute", fields[0], 0, 59, List.of());
    hours = set("hour", fields[1], 0, 23, List.of());
    daysOfMonth = set("day of month", fields[2], 1, 31, List.of());
    months = set("month", fields[3], 1, 12, MONTHS);
    daysOfWeek = set("day of week", fields[4], 0, 7, DAYS);
    if (daysOfWeek.get(7)) {
      daysOfWeek.set(0);
    }
    eitherDay = !fields[2].startsWith("*") && !fields[4].startsWith("*");
  }

  /**
   * @throws IllegalArgumentException with a sentence that says what is wrong
   */
  public static Cron parse(String text) {
    String[] fields = text.strip().split("\\s+");
    if (fields.length != 5) {
      throw new IllegalArgumentException(
          "must have five fields: minute, hour, day of month, month, day of week; is \""
              + text
              + "\"");
    }
    return new Cron(fields);
  }

  /** Whether it began within {@code length} before {@code now}, {@code now} included. */
  boolean within(Instant now, ZoneId zone, Duration length) {
    Instant earliest = now.minus(length);
    LocalDate day = LocalDate.ofInstant(now, zone);
    LocalDate first = LocalDate.ofInstant(earliest, zone).minusDays(1);
    for (; !day.isBefore(first); day = day.minusDays(1)) {
      if (on(day) && within(day, zone, earliest, now)) {
        return true;
      }
    }
    return false;
  }

  private boolean within(LocalDate day, ZoneId zone, Instant earliest, Instant now) {
    for (int hour = hours.nextSetBit(0); hour >= 0; hour = hours.nextSetBit(hour + 1)) {
      for (int minute = minutes.nextSetBit(0);
          minute >= 0;
          minute = minutes.nextSetBit(minute + 1)) {
        Instant begin = ZonedDateTime.of(day.atTime(hour, minute), zone).toInstant();
        if (begin.isAfter(earliest) && !begin.isAfter(now)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean on(LocalDate day) {
    boolean monthly = daysOfMonth.get(day.getDayOfMonth());
    boolean weekly =
        daysOfWeek.get(day.getDayOfWeek() == DayOfWeek.SUNDAY ? 0 : day.getDayOfWeek().getValue());
    return months.get(day.getMonthValue()) && (eitherDay ? monthly || weekly : monthly && weekly);
  }

  private static BitSet set(String what, String field, int least, int most, List<String> names) {
    BitSet set = new BitSet(most + 1);
    for (String part : field.split(",", -1)) {
      String[] halves = part.split("/", -1);
      int step = halves.length == 2 ? number(what, halves[1], 1, most, List.of()) : 1;
      String range = halves[0];
      int from = least;
      int to = most;
      if (!range.equals("*")) {
        String[] ends = range.split("-", -1);
        from = number(what, ends[0], least, most, names);
        to =
            ends.length == 2
                ? number(what, ends[1], least, most, names)
                : halves.length == 2 ? most : from;
        if (ends.length > 2 || to < from) {
          throw wrong(what, range, least, most);
        }
      }
      if (halves.length > 2) {
        throw wrong(what, part, least, most);
      }
      for (int value = from; value <= to; value += step) {
        set.set(value);
      }
    }
    return set;
  }

  private static int number(String what, String text, int least, int most, List<String> names) {
    int named = names.indexOf(text.toLowerCase(Locale.ROOT));
    if (named >= 0) {
      return named + least;
    }
    int value = text.matches("[0-9]{1,2}") ? Integer.parseInt(text) : -1;
    if (value < least || value > most) {
      throw wrong(what, text, least, most);
    }
    return value;
  }

  private static IllegalArgumentException wrong(String what, String text, int least, int most) {
    return new IllegalArgumentException(
        "the %s must be %d to %d, is \"%s\"".formatted(what, least, most, text));
  }
}
