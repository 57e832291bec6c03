package io.weir.agent.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What an origin may answer, and what of it is a response head. */
final class ResponseHeadTest {
  private final HeadParser head = new HeadParser(Reading.LIMITS);

  private static String ok(String fields) {
    return "HTTP/1.1 200 OK\r\n" + fields + "\r\n";
  }

  static Stream<Arguments> hostile() {
    return Stream.of(
        Arguments.of("garbage", "\u0001\u0002 garbage\r\n\r\n"),
        Arguments.of("HTTP/0.9", "<html>hello</html>"),
        Arguments.of("an empty line first", "\r\n" + ok("")),
        Arguments.of("bytes of a body before", "ok" + ok("")),
        Arguments.of("HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n"),
        Arguments.of("HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n"),
        Arguments.of("lower-case version", "http/1.1 200 OK\r\n\r\n"),
        Arguments.of("a version of two digits", "HTTP/1.10 200 OK\r\n\r\n"),
        Arguments.of("two spaces", "HTTP/1.1  200 OK\r\n\r\n"),
        Arguments.of("a tab", "HTTP/1.1\t200 OK\r\n\r\n"),
        Arguments.of("a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"),
        Arguments.of("a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"),
        Arguments.of("a status below 100", "HTTP/1.1 099 OK\r\n\r\n"),
        Arguments.of("a signed status", "HTTP/1.1 +20 OK\r\n\r\n"),
        Arguments.of("a control in the reason", "HTTP/1.1 200 O\u0001K\r\n\r\n"),
        Arguments.of("a CR in the reason", "HTTP/1.1 200 O\rK\r\n\r\n"),
        Arguments.of("bare LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
        Arguments.of("bare LF after a field", "HTTP/1.1 200 OK\r\nX: y\n\r\n"),
        Arguments.of("obs-fold", ok("X: a\r\n b\r\n")),
        Arguments.of("a space before the colon", ok("Content-Length : 2\r\n")),
        Arguments.of("a control in a field", ok("X: \u0000\r\n")),
        Arguments.of("two lengths", ok("Content-Length: 2\r\nContent-Length: 3\r\n")),
        Arguments.of("a length that is none", ok("Content-Length: two\r\n")),
        Arguments.of("a list of lengths", ok("Content-Length: 2, 2\r\n")),
        Arguments.of("a coding not known", ok("Transfer-Encoding: gzip, chunked\r\n")),
        Arguments.of("chunked not last", ok("Transfer-Encoding: chunked, identity\r\n")),
        Arguments.of(
            "Content-Length with Transfer-Encoding",
            ok("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n")),
        Arguments.of(
            "Transfer-Encoding in HTTP/1.0",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        Arguments.of("a huge head", ok("X: " + "a".repeat(100_000) + "\r\n")),
        Arguments.of("a huge line without end", "HTTP/1.1 200 " + "a".repeat(100_000)),
        Arguments.of("many fields", ok("X: y\r\n".repeat(101))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void whatIsNoResponseIsRefusedAndNoPieceOfItComplete(String what, String bytes) {
    byte[] b = Reading.bytes(bytes);
    assertThat(head.parseResponse(b, 0, b.length)).as(what).isEqualTo(502);
    assertThat(head.problem()).isNotEmpty();
    for (int to = 0; to < Math.min(b.length, 500); to++) {
      assertThat(head.parseResponse(b, 0, to)).isIn(HeadParser.INCOMPLETE, 502);
    }
  }

  static List<String> good() {
    return List.of(
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200\r\n\r\n",
        "HTTP/1.1 200 \r\n\r\n",
        "HTTP/1.1 999 \u00e4 b\tc\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.0 304 Not Modified\r\nConnection: keep-alive\r\nX: \u00ff\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n");
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("good")
  void aResponseIsCompleteAtItsLastByteAndNotBefore(String bytes) {
    byte[] b = Reading.bytes(bytes + "body");
    for (int to = 0; to <= b.length; to++) {
      assertThat(head.parseResponse(b, 0, to))
          .as("%d bytes", to)
          .isEqualTo(to < bytes.length() ? HeadParser.INCOMPLETE : HeadParser.COMPLETE);
    }
    assertThat(head.end()).isEqualTo(bytes.length());
    assertThat(head.status()).isEqualTo(Integer.parseInt(bytes.substring(9, 12)));
    assertThat(head.persistent()).isTrue();
  }

  @Test
  void noPieceIsJudgedOtherwiseThanTheWhole() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    Random random = new Random(seed);
    List<String> seeds =
        Stream.concat(good().stream(), hostile().map(row -> (String) row.get()[1]))
            .filter(s -> s.length() < 400)
            .toList();
    for (int round = 0; round < 5_000; round++) {
      byte[] mutant = Mutation.of(Reading.bytes(seeds.get(random.nextInt(seeds.size()))), random);
      int whole = head.parseResponse(mutant, 0, mutant.length);
      boolean judged = false;
      for (int to = 0; to <= mutant.length; to++) {
        int result = head.parseResponse(mutant, 0, to);
        assertThat(result)
            .as("seed %d, %d of %s", seed, to, Reading.text(mutant, 0, mutant.length))
            .isIn(judged ? whole : HeadParser.INCOMPLETE, whole);
        judged |= result != HeadParser.INCOMPLETE;
      }
    }
  }
}
