package io.weir.controller.health;

import static io.weir.controller.health.Agents.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LagTest {
  private final Lag lag = new Lag(1_000 * SECOND);

  @Test
  void isWhatAMessageTookLongerThanTheFastest() {
    assertThat(lag.of(5 * SECOND, 1_000 * SECOND)).isZero();
    assertThat(lag.of(6 * SECOND, 1_015 * SECOND)).isEqualTo(14 * SECOND);
    assertThat(lag.of(20 * SECOND, 1_015 * SECOND)).isZero();
  }

  @Test
  void anAgentThatStartsAgainIsNotLate() {
    assertThat(lag.of(5_000 * SECOND, 1_000 * SECOND)).isZero();
    assertThat(lag.of(SECOND, 1_010 * SECOND)).isZero();
    assertThat(lag.of(2 * SECOND, 1_013 * SECOND)).isEqualTo(2 * SECOND);
  }
}
