package io.weir.agent.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HeadParserTest {
  private static final String NEXT = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

  private final Reading reading = new Reading();
  private byte[] b = {};

  private int read(String bytes) {
    b = Reading.bytes(bytes);
    return reading.request(b, 0, b.length);
  }

  private HeadParser accepted(String bytes) {
    assertThat(read(bytes)).as(bytes).isEqualTo(HeadParser.COMPLETE);
    return reading.head;
  }

  private HeadParser withFields(String fields) {
    return accepted("GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
  }

  static List<HostileRequests.Refusal> hostile() {
    return HostileRequests.heads();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void aHostileHeadIsRefused(HostileRequests.Refusal hostile) {
    assertThat(read(hostile.bytes() + NEXT)).isEqualTo(hostile.status());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void aPieceOfAHostileHeadIsNeverComplete(HostileRequests.Refusal hostile) {
    byte[] whole = Reading.bytes(hostile.bytes());
    boolean refused = false;
    for (int to : lengths(whole.length)) {
      int result = reading.request(whole, 0, to);
      assertThat(result).as("%d bytes", to).isIn(HeadParser.INCOMPLETE, hostile.status());
      assertThat(refused && result == HeadParser.INCOMPLETE).as("%d bytes", to).isFalse();
      refused = result == hostile.status();
    }
  }

  /** All, and of long inputs the first, the last and some between. */
  private static int[] lengths(int length) {
    return IntStream.rangeClosed(0, length)
        .filter(i -> i < 400 || i > length - 100 || i % 9973 == 0)
        .toArray();
  }

  static Stream<String> good() {
    return Stream.of(
        NEXT,
        "\r\n\r\n" + NEXT,
        "GET / HTTP/1.0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET http://h:80?x HTTP/1.1\r\nHost: other\r\n\r\n",
        "GET HTTPS://H/ HTTP/1.1\r\nHost: h\r\n\r\n",
        "M-SEARCH /a%20b/./c?q=\"{}\" HTTP/1.1\r\nhOsT:\t[::1]:80 \t\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX:\r\nY: \u00e4\t\u00ff \r\n\r\n");
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("good")
  void aGoodHeadIsCompleteAtItsLastByteAndNotBefore(String bytes) {
    byte[] whole = Reading.bytes(bytes + NEXT);
    for (int to = 0; to <= whole.length; to++) {
      boolean complete = to >= bytes.length();
      assertThat(reading.request(whole, 0, to))
          .as("%d bytes", to)
          .isEqualTo(complete ? HeadParser.COMPLETE : HeadParser.INCOMPLETE);
      if (complete) {
        assertThat(reading.head.end()).isEqualTo(bytes.length());
      }
    }
  }

  @Test
  void whatIsReadIsWhereItLies() {
    String fields = "User-Agent: me\r\nHost:  h:80 \r\nReferer:\r\nContent-Length: 12\r\n";
    HeadParser head = accepted("\r\nPUT /p?q HTTP/1.1\r\n" + fields + "\r\nrest");
    assertThat(Reading.text(b, head.start(), head.methodEnd())).isEqualTo("PUT");
    assertThat(Reading.text(b, head.targetStart(), head.targetEnd())).isEqualTo("/p?q");
    assertThat(Reading.text(b, head.end(), b.length)).isEqualTo("rest");
    assertThat(value(head, head.host())).isEqualTo("h:80");
    assertThat(value(head, head.userAgent())).isEqualTo("me");
    assertThat(value(head, head.referer())).isEmpty();
    assertThat(head.fields()).isEqualTo(4);
    assertThat(head.contentLength()).isEqualTo(12);
    assertThat(head.chunked()).isFalse();
    assertThat(head.minorVersion()).isEqualTo(1);
    assertThat(head.problem()).isEmpty();
  }

  private String value(HeadParser head, int n) {
    return Reading.text(b, head.valueStart(n), head.valueEnd(n));
  }

  @Test
  void nothingIsLeftOfTheHeadBefore() {
    withFields("Content-Length: 3\r\nConnection: close, Upgrade\r\nUpgrade: x\r\nReferer: y\r\n");
    HeadParser head = accepted("GET / HTTP/1.0\r\n\r\n");
    assertThat(head.contentLength()).isEqualTo(HeadParser.NO_LENGTH);
    assertThat(head.host()).isNegative();
    assertThat(head.referer()).isNegative();
    assertThat(head.fields()).isZero();
    assertThat(withFields("").persistent()).isTrue();
  }

  @ParameterizedTest(name = "{index}")
  @ValueSource(strings = {"chunked", "CHUNKED", " \tChunked\t "})
  void chunkedIsUnderstoodInAnyCase(String coding) {
    assertThat(withFields("Transfer-Encoding:" + coding + "\r\n").chunked()).isTrue();
  }

  @Test
  void aLengthMayHaveZerosInFront() {
    assertThat(withFields("Content-Length: 007\r\n").contentLength()).isEqualTo(7);
    assertThat(withFields("content-LENGTH: 999999999999999999\r\n").contentLength())
        .isEqualTo(999_999_999_999_999_999L);
  }

  @Test
  void aConnectionPersistsAsItsVersionAndOptionsSay() {
    assertThat(withFields("").persistent()).isTrue();
    assertThat(withFields("Connection: x\r\nConnection: a , CLOSE,\r\n").persistent()).isFalse();
    assertThat(accepted("GET / HTTP/1.0\r\n\r\n").persistent()).isFalse();
    assertThat(accepted("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").persistent()).isTrue();
    assertThat(accepted("GET / HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n").persistent())
        .isFalse();
  }

  @Test
  void anUpgradeNeedsBothFieldsAndHttp11AndIsNotToH2c() {
    assertThat(withFields("Connection: Upgrade\r\nUpgrade: websocket\r\n").upgrade()).isTrue();
    assertThat(withFields("Upgrade: websocket\r\n").upgrade()).isFalse();
    assertThat(withFields("Connection: upgrade\r\n").upgrade()).isFalse();
    assertThat(withFields("Connection: upgrade\r\nUpgrade: x, H2C\r\n").upgrade()).isFalse();
    assertThat(
            accepted("GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
                .upgrade())
        .isFalse();
  }

  @Test
  void anHttp10ClientExpectsNothing() {
    assertThat(withFields("Expect: 100-Continue\r\n").expectContinue()).isTrue();
    assertThat(accepted("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expectContinue())
        .isFalse();
  }

  @Test
  void theNumberOfFieldsAndTheSizeOfTheHeadAreBounded() {
    int room = Reading.MAX_FIELDS - 1;
    withFields("X: y\r\n".repeat(room));
    assertThat(read("GET / HTTP/1.1\r\nHost: h\r\n" + "X: y\r\n".repeat(room + 1) + "\r\n"))
        .isEqualTo(431);
    String start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
    String longest = "a".repeat(Reading.MAX_HEAD - start.length() - 4);
    accepted(start + longest + "\r\n\r\n");
    assertThat(read(start + longest + "a\r\n\r\n")).isEqualTo(431);
  }

  @Test
  void anAbsoluteTargetIsTakenApart() {
    accepted("GET http://Host.example:81/p/q?r HTTP/1.1\r\nHost: other\r\n\r\n");
    RequestTarget target = reading.target;
    assertThat(target.absolute()).isTrue();
    assertThat(Reading.text(b, target.authorityStart(), target.authorityEnd()))
        .isEqualTo("Host.example:81");
    assertThat(Reading.text(b, target.originStart(), target.pathEnd())).isEqualTo("/p/q");
  }

  /** What was incomplete stays so until it is judged, and a judgement does not change. */
  @Test
  void noPieceIsJudgedOtherwiseThanTheWhole() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    Random random = new Random(seed);
    List<String> seeds =
        Stream.concat(good(), hostile().stream().map(HostileRequests.Refusal::bytes))
            .filter(s -> s.length() < 400)
            .toList();
    for (int round = 0; round < 5_000; round++) {
      byte[] mutant = Mutation.of(Reading.bytes(seeds.get(random.nextInt(seeds.size()))), random);
      int whole = reading.request(mutant, 0, mutant.length);
      int end = reading.head.end();
      boolean judged = false;
      for (int to = 0; to <= mutant.length; to++) {
        int result = reading.request(mutant, 0, to);
        String what = "seed " + seed + ", " + to + " of " + Reading.text(mutant, 0, mutant.length);
        assertThat(result).as(what).isIn(judged ? whole : HeadParser.INCOMPLETE, whole);
        judged |= result != HeadParser.INCOMPLETE;
        if (result == HeadParser.COMPLETE) {
          assertThat(reading.head.end()).as(what).isEqualTo(end).isLessThanOrEqualTo(to);
        }
      }
    }
  }
}
