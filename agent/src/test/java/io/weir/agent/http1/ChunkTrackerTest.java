package io.weir.agent.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ChunkTrackerTest {
  private static final String NEXT = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

  private final ChunkTracker tracker = new ChunkTracker();

  /** How many bytes it took. */
  private int consume(String bytes) {
    tracker.reset();
    ByteBuffer in = ByteBuffer.wrap(Reading.bytes(bytes));
    tracker.consume(in, null);
    return in.position();
  }

  static List<HostileRequests.Refusal> hostile() {
    return HostileRequests.bodies();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void aBrokenBodyIsBrokenAndNeverEnds(HostileRequests.Refusal hostile) {
    consume(hostile.bytes() + NEXT);
    assertThat(tracker.broken()).isTrue();
    assertThat(tracker.ended()).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void aBrokenBodyBreaksAtTheSameByteHoweverItComes(HostileRequests.Refusal hostile) {
    int brokenAt = consume(hostile.bytes() + NEXT);
    byte[] whole = Reading.bytes(hostile.bytes() + NEXT);
    tracker.reset();
    int i = 0;
    while (!tracker.broken()) {
      ByteBuffer one = ByteBuffer.wrap(whole, i, 1);
      tracker.consume(one, null);
      i = one.position();
    }
    assertThat(i).isEqualTo(brokenAt);
  }

  @ParameterizedTest(name = "{index}")
  @ValueSource(
      strings = {
        "0\r\n\r\n",
        "000\r\n\r\n",
        "1\r\na\r\n0\r\n\r\n",
        "A\r\n0123456789\r\n00000000\r\n\r\n",
        "3;a\r\n\r\n\r\r\n0;b=c;d=\"e;\\\"\"\r\n\r\n",
        "1 ; a ;b\t; c=\"\t\"\r\na\r\n0\r\n\r\n",
        "0\r\nX:\r\nY: a b\t\u00e4\r\n\r\n"
      })
  void aBodyEndsAtItsLastByteAndNotBefore(String body) {
    for (int to = 0; to < body.length(); to++) {
      assertThat(consume(body.substring(0, to))).isEqualTo(to);
      assertThat(tracker.ended() || tracker.broken()).as("%d bytes", to).isFalse();
    }
    assertThat(consume(body + NEXT)).isEqualTo(body.length());
    assertThat(tracker.ended()).isTrue();
  }

  @Test
  void theLargestChunkIsFollowedWithoutItsBytesAtHand() {
    ByteBuffer data = ByteBuffer.allocate(1 << 20);
    tracker.consume(ByteBuffer.wrap(Reading.bytes("7fffffff\r\n")), null);
    for (int i = 0; i < 2047; i++) {
      tracker.consume(data.clear(), null);
    }
    tracker.consume(data.clear().limit((1 << 20) - 1), null);
    assertThat(data.hasRemaining()).isFalse();
    tracker.consume(ByteBuffer.wrap(Reading.bytes("\r\n0\r\n\r\n")), null);
    assertThat(tracker.ended()).isTrue();
  }

  @Test
  void anyValidBodySplitAnywhereIsConsumedToExactlyItsEnd() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 5_000; round++) {
      String body = chunked(random);
      byte[] whole = Reading.bytes(body + NEXT);
      tracker.reset();
      int at = 0;
      while (!tracker.ended()) {
        int to = Math.min(whole.length, at + 1 + random.nextInt(20));
        ByteBuffer piece = ByteBuffer.wrap(whole, at, to - at);
        tracker.consume(piece, null);
        assertThat(tracker.broken()).as("seed %d: %s", seed, body).isFalse();
        assertThat(tracker.ended() || piece.position() == to).isTrue();
        at = piece.position();
      }
      assertThat(at).as("seed %d: %s", seed, body).isEqualTo(body.length());
    }
  }

  static String chunked(Random random) {
    StringBuilder body = new StringBuilder();
    for (int n = random.nextInt(4); n > 0; n--) {
      int size = 1 + random.nextInt(random.nextInt(5) == 0 ? 300 : 20);
      body.append("0".repeat(random.nextInt(3)));
      body.append(random.nextBoolean() ? Integer.toHexString(size) : "%X".formatted(size));
      extensions(body, random);
      body.append("\r\n");
      for (int i = 0; i < size; i++) {
        body.append("\r\n0a;:\u0000\u00ff".charAt(random.nextInt(8)));
      }
      body.append("\r\n");
    }
    body.append("0".repeat(1 + random.nextInt(3)));
    extensions(body, random);
    body.append("\r\n");
    for (int n = random.nextInt(random.nextInt(4) + 1); n > 0; n--) {
      body.append("T-").append(n).append(": v ".repeat(random.nextInt(2))).append(":\r\n");
    }
    return body.append("\r\n").toString();
  }

  private static void extensions(StringBuilder to, Random random) {
    boolean blank = true; // allowed here
    for (int n = random.nextInt(random.nextInt(3) + 1); n > 0; n--) {
      to.append(blank && random.nextBoolean() ? "\t; " : ";").append("name");
      blank = false;
      switch (random.nextInt(4)) {
        case 0 -> to.append("=value");
        case 1 -> to.append("=\"a;b \\\" \\\\ =\"");
        default -> blank = true;
      }
    }
  }
}
