package io.weir.controller.health;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class FreezeTest {
  private static final long SECOND = 1_000_000_000L;

  private final Freeze freeze = new Freeze(Settings.DEFAULT);

  private boolean loomed(String endpoint, long now) {
    return freeze.loomed(new Target("pool", endpoint), 20, now);
  }

  @Test
  void anEndpointThatFailsAgainAndAgainCountsOnce() {
    for (int i = 0; i < 50; i++) {
      assertThat(loomed("e" + i % 6, i * SECOND / 10)).isFalse();
    }
    assertThat(freeze.failing(5 * SECOND)).isEqualTo(6);
    assertThat(freeze.failing(14 * SECOND + SECOND / 2)).as("since its last failure").isEqualTo(4);
  }

  @Test
  void moreThanTenAtOnceFreezeUntilTheWindowIsOver() {
    for (int i = 0; i < 10; i++) {
      assertThat(loomed("e" + i, SECOND)).isFalse();
    }
    assertThat(loomed("e10", SECOND)).isTrue();
    assertThat(freeze.isFrozen()).isTrue();
    assertThat(freeze.calmed(20, 10 * SECOND)).isFalse();
    assertThat(freeze.calmed(20, 11 * SECOND)).isTrue();
    assertThat(freeze.isFrozen()).isFalse();
  }
}
