package io.weir.cli.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DurationsTest {
  @ParameterizedTest
  @CsvSource({
    "500ms, PT0.5S, 500ms",
    "2s, PT2S, 2s",
    "2000ms, PT2S, 2s",
    "1m30s, PT1M30S, 1m30s",
    "90s, PT1M30S, 1m30s",
    "1.5h, PT1H30M, 1h30m",
    "1500us, PT0.0015S, 1.5ms",
    "1s500ms, PT1.5S, 1.5s",
    "24h, PT24H, 24h",
    "7ns, PT0.000000007S, 7ns",
    "0s, PT0S, 0s",
  })
  void a_duration_is_read_and_written_in_its_shortest_form(
      String text, Duration duration, String written) {
    assertThat(Durations.parse(text)).contains(duration);
    assertThat(Durations.format(duration)).isEqualTo(written);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5",
        "s",
        "-1s",
        "1 s",
        "1sec",
        "1s ",
        "0.5ns",
        "1d",
        "1e3s",
        ".5s",
        "99999999999999h"
      })
  void anything_else_is_refused(String text) {
    assertThat(Durations.parse(text)).isEmpty();
  }

  @Test
  void the_text_of_a_duration_is_bounded() {
    assertThat(Durations.parse("1s".repeat(100_000))).isEmpty();
  }
}
