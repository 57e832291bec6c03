package io.weir.controller.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.security.Lifetimes.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LifetimesTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final Lifetimes lifetimes = new Lifetimes();
  private final List<String> ended = new ArrayList<>();

  private Runnable add(String name, int second, Kind kind) {
    return lifetimes.add(NOON.plusSeconds(second), kind, () -> ended.add(name));
  }

  @Test
  void endsWhatIsDueOnceAndStreamsBeforeTheirConnections() {
    add("connection", 1, Kind.CONNECTION);
    add("stream", 2, Kind.STREAM);
    add("another", 1, Kind.STREAM);
    add("later", 3, Kind.STREAM);
    lifetimes.look(NOON);
    assertThat(ended).isEmpty();
    lifetimes.look(NOON.plusSeconds(2));
    assertThat(ended).containsExactly("another", "stream", "connection");
    lifetimes.look(NOON.plusSeconds(2));
    assertThat(ended).hasSize(3);
    lifetimes.look(NOON.plusSeconds(3));
    assertThat(ended).endsWith("later");
  }

  @Test
  void whatIsOverBeforeLeavesNothingBehind() {
    Runnable gone = add("stream", 1, Kind.STREAM);
    gone.run();
    gone.run();
    lifetimes.look(NOON.plusSeconds(9));
    assertThat(ended).isEmpty();
    assertThat(lifetimes.size()).isZero();
  }
}
