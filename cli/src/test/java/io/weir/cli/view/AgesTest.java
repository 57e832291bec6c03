package io.weir.cli.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AgesTest {
  @ParameterizedTest
  @CsvSource({
    "-PT5S, 0s",
    "PT0S, 0s",
    "PT119S, 119s",
    "PT2M, 2m",
    "PT9M59S, 9m59s",
    "PT179M, 179m",
    "PT3H, 3h",
    "PT7H5M, 7h5m",
    "PT47H, 47h",
    "P2D, 2d",
    "P7DT3H, 7d3h",
    "P100D, 100d",
    "P800D, 2y70d"
  })
  void an_age_is_shown_as_kubectl_shows_it(Duration age, String text) {
    assertThat(Ages.format(age)).isEqualTo(text);
  }
}
