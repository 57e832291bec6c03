package io.weir.agent.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FramingDifferentialTest {
  private final FramingDifferential differential = new FramingDifferential();

  @Test
  void randomStreamsAreTheSameMessagesToNettyAsToWeir() throws Exception {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    int runs = Integer.getInteger("weir.runs", 100_000);
    RandomStreams streams = new RandomStreams(seed);
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

  /** What the fuzzer starts from, and what it has found before. */
  static List<Path> streams() throws IOException, URISyntaxException {
    var folder = Objects.requireNonNull(FramingDifferentialTest.class.getResource("streams"));
    try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("streams")
  void aKeptStreamIsTheSameMessagesToNettyAsToWeir(Path stream) throws Exception {
    differential.check(Files.readAllBytes(stream));
  }

  static Stream<String> hostile() {
    String post = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    return Stream.concat(
        HostileRequests.heads().stream().map(HostileRequests.Refusal::bytes),
        HostileRequests.bodies().stream().map(body -> post + body.bytes()));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("hostile")
  void whatIsHostileIsRefusedNoLaterThanByNetty(String bytes) throws Exception {
    differential.check(Reading.bytes(bytes));
  }
}
