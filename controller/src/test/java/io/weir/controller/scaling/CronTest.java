package io.weir.controller.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class CronTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final ZoneId UTC = ZoneId.of("UTC");

  private static boolean holds(String cron, String now, ZoneId zone, String length) {
    return Cron.parse(cron).within(Instant.parse(now), zone, Duration.parse(length));
  }

  @Test
  void holdsFromItsBeginForAsLongAsItLasts() {
    assertThat(holds("30 8 * * mon-fri", "2026-03-02T08:29:59Z", UTC, "PT2H")).isFalse();
    assertThat(holds("30 8 * * mon-fri", "2026-03-02T08:30:00Z", UTC, "PT2H")).isTrue();
    assertThat(holds("30 8 * * mon-fri", "2026-03-02T10:29:59Z", UTC, "PT2H")).isTrue();
    assertThat(holds("30 8 * * mon-fri", "2026-03-02T10:30:00Z", UTC, "PT2H")).isFalse();
    assertThat(holds("30 8 * * mon-fri", "2026-03-01T09:00:00Z", UTC, "PT2H")).isFalse();
    assertThat(holds("0 23 * * 0,7", "2026-03-02T00:30:00Z", UTC, "PT2H")).isTrue();
  }

  @Test
  void eitherDayCountsWhereBothAreGiven() {
    assertThat(holds("0 0 13 * fri", "2026-03-13T00:10:00Z", UTC, "PT1H")).isTrue();
    assertThat(holds("0 0 13 * fri", "2026-03-06T00:10:00Z", UTC, "PT1H")).isTrue();
    assertThat(holds("0 0 13 * fri", "2026-04-13T00:10:00Z", UTC, "PT1H")).isTrue();
    assertThat(holds("0 0 13 * fri", "2026-04-14T00:10:00Z", UTC, "PT1H")).isFalse();
  }

  @Test
  void aTimeThatTheClockSkipsIsAsMuchLater() {
    // On 29 March 2026 clocks go from 02:00 to 03:00, which is 01:00 UTC.
    assertThat(holds("30 2 * * *", "2026-03-29T01:40:00Z", BERLIN, "PT15M")).isTrue();
    // On 25 October 2026 02:30 is twice, first at 00:30 UTC.
    assertThat(holds("30 2 * * *", "2026-10-25T00:35:00Z", BERLIN, "PT15M")).isTrue();
    assertThat(holds("30 2 * * *", "2026-10-25T01:35:00Z", BERLIN, "PT15M")).isFalse();
  }

  @Test
  void stepsAndRanges() {
    assertThat(holds("*/15 9-17 * jan-mar *", "2026-02-10T09:45:10Z", UTC, "PT1M")).isTrue();
    assertThat(holds("*/15 9-17 * jan-mar *", "2026-02-10T09:50:10Z", UTC, "PT1M")).isFalse();
    assertThat(holds("*/15 9-17 * jan-mar *", "2026-04-10T09:45:10Z", UTC, "PT1M")).isFalse();
  }

  @Test
  void whatIsWrongIsNamed() {
    assertThatThrownBy(() -> Cron.parse("* * * *")).hasMessageContaining("five fields");
    assertThatThrownBy(() -> Cron.parse("60 * * * *"))
        .hasMessageContaining("minute must be 0 to 59");
    assertThatThrownBy(() -> Cron.parse("0 0 * * mon-foo")).hasMessageContaining("day of week");
    assertThatThrownBy(() -> Cron.parse("5-1 * * * *")).hasMessageContaining("minute");
    assertThatThrownBy(() -> Cron.parse("*/0 * * * *")).hasMessageContaining("minute");
  }
}
