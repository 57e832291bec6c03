package io.weir.agent.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.agent.model.Health;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HysteresisTest {
  private final Hysteresis hysteresis = new Hysteresis(2, 3);

  /** {@code outcomes}: '+' a success, '-' a failure. */
  private static Health after(Hysteresis hysteresis, String outcomes) {
    Standing standing = Standing.unknown();
    for (int i = 0; i < outcomes.length(); i++) {
      standing = hysteresis.next(standing, outcomes.charAt(i) == '+');
    }
    return standing.health();
  }

  @ParameterizedTest(name = "after \"{0}\" with rise 2 and fall 3 it is {1}")
  @CsvSource({
    "'', UNKNOWN",
    "+, HEALTHY",
    "-, UNKNOWN",
    "--, UNKNOWN",
    "---, UNHEALTHY",
    "--+, HEALTHY",
    "+--, HEALTHY",
    "+--+--, HEALTHY",
    "+---, UNHEALTHY",
    "---+, UNHEALTHY",
    "---++, HEALTHY",
    "---+-+, UNHEALTHY",
    "---+-++, HEALTHY",
  })
  void followsTheOutcomes(String outcomes, Health expected) {
    assertThat(after(hysteresis, outcomes)).isEqualTo(expected);
  }

  @Nested
  class WhenAnotherCheckTakesOver {
    @Test
    void theVerdictStaysAndCountingStartsAnew() {
      Standing twoFailures = new Standing.Healthy(2);
      Standing now = hysteresis.next(twoFailures.restarted(), false);
      assertThat(now).isEqualTo(new Standing.Healthy(1));
      assertThat(new Standing.Unhealthy(1).restarted()).isEqualTo(new Standing.Unhealthy(0));
      assertThat(new Standing.Unknown(1).restarted()).isEqualTo(Standing.unknown());
    }
  }

  /** Against a judge that keeps all outcomes and looks back. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void agreesWithAJudgeThatRemembersEverything(long seed) {
    RandomGenerator random = new java.util.Random(seed);
    for (int run = 0; run < 200; run++) {
      int rise = 1 + random.nextInt(4);
      int fall = 1 + random.nextInt(4);
      StringBuilder history = new StringBuilder();
      Health dumb = Health.UNKNOWN;
      for (int i = 0; i < 40; i++) {
        history.append(random.nextBoolean() ? '+' : '-');
        String all = history.toString();
        if (all.endsWith("-".repeat(fall))) {
          dumb = Health.UNHEALTHY;
        } else if (all.endsWith("+".repeat(dumb == Health.UNKNOWN ? 1 : rise))) {
          dumb = Health.HEALTHY;
        }
        assertThat(after(new Hysteresis(rise, fall), all))
            .describedAs("seed %d, rise %d, fall %d, %s", seed, rise, fall, all)
            .isEqualTo(dumb);
      }
    }
  }

  @Test
  void needsAtLeastOneOfEach() {
    assertThatThrownBy(() -> new Hysteresis(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Hysteresis(1, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
