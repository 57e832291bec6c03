package io.weir.agent.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ReplayWindowTest {
  @Test
  void takesEachNumberOnceInAnyOrderAndNoneThatIsTooOld() {
    long seed = 77;
    SplittableRandom random = new SplittableRandom(seed);
    ReplayWindow window = new ReplayWindow();
    Set<Long> taken = new HashSet<>();
    long highest = 0;
    for (int i = 0; i < 100_000; i++) {
      long jump = random.nextInt(1_000) == 0 ? random.nextLong(5_000) : random.nextLong(4);
      long number = Math.max(1, highest + jump - random.nextLong(1_500) * random.nextLong(2));
      boolean right = number > highest - 1_024 && !taken.contains(number);
      assertThat(window.take(number))
          .as("seed %d: %d of %d", seed, number, highest)
          .isEqualTo(right);
      taken.add(number);
      highest = Math.max(highest, number);
    }
  }

  @Test
  void zeroIsNoNumber() {
    assertThat(new ReplayWindow().take(0)).isFalse();
  }
}
