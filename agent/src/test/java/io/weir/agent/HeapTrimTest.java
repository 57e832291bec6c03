package io.weir.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class HeapTrimTest {
  private static final long MIB = 1 << 20;
  private static final long NOW = -5;
  private static final long LATER = NOW + Duration.ofMinutes(1).toNanos();

  private final HeapTrim trim = new HeapTrim(20 * MIB, NOW);

  @Test
  void aLittleMoreIsCollectedAfterAMinute() {
    assertThat(trim.isDue(27 * MIB, LATER)).isFalse();
    assertThat(trim.isDue(28 * MIB, LATER)).isTrue();
    assertThat(trim.isDue(28 * MIB, LATER - 1)).isFalse();
  }

  @Test
  void muchMoreIsCollectedAtOnce() {
    assertThat(trim.isDue(57 * MIB, NOW + 1)).isTrue();
    assertThat(trim.isDue(56 * MIB, NOW + 1)).isFalse();
  }

  @Test
  void whatACollectionLeavesIsWhatIsInUse() {
    trim.collected(40 * MIB, LATER);
    assertThat(trim.isDue(50 * MIB, LATER + LATER - NOW)).isFalse();
    assertThat(trim.isDue(55 * MIB, LATER + 1)).isFalse();
    assertThat(trim.isDue(55 * MIB, LATER + LATER - NOW)).isTrue();
  }
}
