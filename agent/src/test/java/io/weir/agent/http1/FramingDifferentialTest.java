package io.weir.agent.http1;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class FramingDifferentialTest {
  @Test
  void randomStreamsAreTheSameMessagesToNettyAsToWeir() throws Exception {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    int runs = Integer.getInteger("weir.runs", 100_000);
    RandomStreams streams = new RandomStreams(seed);
    FramingDifferential differential = new FramingDifferential();
    for (int i = 0; i < runs; i++) {
      byte[] stream = streams.next();
      try {
        differential.check(stream);
      } catch (AssertionError e) {
        throw new AssertionError(
            "seed %d, stream %d: %s".formatted(seed, i, Reading.escaped(stream)), e);
      }
    }
    // Else the generator makes little that means anything.
    assertThat(differential.accepted()).isGreaterThan(runs);
  }
}
