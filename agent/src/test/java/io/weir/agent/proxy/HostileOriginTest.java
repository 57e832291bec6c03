package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.Pool;
import io.weir.agent.proxy.Origin.Connection;
import io.weir.agent.proxy.Origin.Head;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an origin may answer. */
final class HostileOriginTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  @TempDir Path folder;
  private RunningPlane plane;

  @BeforeEach
  void start() throws IOException {
    plane = new RunningPlane(folder);
  }

  @AfterEach
  void stop() {
    plane.close();
  }

  /** Answers with those bytes and closes. */
  private static Origin saying(String bytes) throws IOException {
    return new Origin(connection -> {
      connection.head();
      connection.send(bytes);
    });
  }

  static Stream<Arguments> invalid() {
    return Stream.of(
        Arguments.of("garbage", "upstream-invalid", "\u0001\u0002 garbage\r\n\r\n"),
        Arguments.of("HTTP/0.9", "upstream-(invalid|reset)", "<html>hello</html>"),
        Arguments.of("HTTP/2.0", "upstream-invalid", "HTTP/2.0 200 OK\r\n\r\n"),
        Arguments.of(
            "a huge head",
            "upstream-invalid",
            "HTTP/1.1 200 OK\r\nX: " + "a".repeat(100_000) + "\r\n\r\n"),
        Arguments.of(
            "a flood of 100",
            "upstream-invalid",
            "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000) + OK),
        Arguments.of(
            "a flood of 103",
            "upstream-invalid",
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".repeat(1000) + OK),
        Arguments.of("102", "upstream-invalid", "HTTP/1.1 102 Processing\r\n\r\n" + OK),
        Arguments.of(
            "101 that was not asked for",
            "upstream-invalid",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        Arguments.of("bare LF", "upstream-invalid", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
        Arguments.of(
            "two lengths",
            "upstream-invalid",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
        Arguments.of(
            "a length that is none",
            "upstream-invalid",
            "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("invalid")
  void anAnswerThatIsNotHttpIs502(String what, String reason, String bytes) throws IOException {
    try (Origin origin = saying(bytes);
        Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
      Head head = client.send(GET).head();
      while (head != null && head.line().matches("HTTP/1.1 10[03] .*")) {
        head = client.head();
      }
      assertThat(Objects.requireNonNull(head).line()).as(what).contains(" 502 ");
      assertThat(head.one("x-weir-reason")).matches(reason);
      assertThat(plane.logLines(1)).hasSize(1);
    }
  }

  static Stream<Arguments> truncated() {
    return Stream.of(
        Arguments.of(
            "of known length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", false),
        Arguments.of(
            "in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf", false),
        Arguments.of(
            "between chunks",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            false),
        Arguments.of("until close, by a reset", "HTTP/1.1 200 OK\r\n\r\nhalf", true),
        Arguments.of(
            "by a broken chunk",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n",
            false));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("truncated")
  void aBodyThatEndsEarlyNeverEndsCleanly(String what, String bytes, boolean reset)
      throws IOException {
    try (Origin origin =
            new Origin(connection -> {
              connection.head();
              connection.send(bytes);
              connection.in.read(); // until the client has seen it
              if (reset) {
                connection.reset();
              }
            });
        Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n");
      String seen = readUntil(client, "half");
      client.send("x");
      seen += client.rest();
      assertThat(seen).as(what).startsWith("HTTP/1.1 200 OK").doesNotContain("\r\n0\r\n");
      assertThat(plane.logLines(1)).singleElement().asString().endsWith(" upstream-truncated");
      assertThat(plane.state(origin.address()).failures()).isEqualTo(1);
      assertThat(plane.state(origin.address()).inFlight()).isZero();
    }
  }

  private static String readUntil(Connection client, String end) throws IOException {
    StringBuilder seen = new StringBuilder();
    while (seen.indexOf(end) < 0) {
      int b = client.in.read();
      assertThat(b).as(seen.toString()).isNotNegative();
      seen.append((char) b);
    }
    return seen.toString();
  }

  @Test
  void anEarlyAnswerIsRelayedWhileTheBodyIsStillComing() throws IOException {
    try (Origin origin =
            new Origin(connection -> {
              connection.head();
              connection.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
              connection.rest();
            });
        Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nstart");
      Head head = Objects.requireNonNull(client.head());
      assertThat(head.line()).contains("413");
      assertThat(client.body(head, false)).isEqualTo("big");
      assertThat(plane.logLines(1)).hasSize(1);
      // The rest is read and dropped, and then the connection is good for the next request.
      client.send("x".repeat(1_000_000 - 5)).send(GET);
      assertThat(Objects.requireNonNull(client.head()).line()).contains("413");
    }
  }

  /** Also where an answer is just as long as what is read at once. */
  @ParameterizedTest
  @ValueSource(ints = {100, 2_048, 4_096, 32_768, 65_536, 65_779, 200_000})
  void bytesBehindAnAnswerAreNotTakenForTheNext(int length) throws IOException {
    String head = "HTTP/1.1 200 OK\r\nContent-Length: %06d\r\n\r\n";
    String body = "x".repeat(length - head.formatted(0).length());
    String evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    try (Origin origin =
            new Origin(
                Origin.each((request, connection) ->
                    connection.send(head.formatted(body.length()) + body + evil)));
        Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
      for (int i = 0; i < 5; i++) {
        Head answer = Objects.requireNonNull(client.send(GET).head());
        assertThat(client.body(answer, false)).isEqualTo(body);
      }
    }
  }

  @Test
  void aResetOfAReusedConnectionIsTriedAgain() throws IOException {
    AtomicInteger served = new AtomicInteger();
    try (Origin origin =
            new Origin(connection -> {
              connection.head();
              connection.send(OK);
              served.incrementAndGet();
              if (connection.head() != null) {
                connection.reset(); // an idle connection given up just as it is used again
              }
            });
        Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
      for (int i = 0; i < 4; i++) {
        Head head = Objects.requireNonNull(client.send(GET).head());
        assertThat(head.line()).contains("200");
        client.body(head, false);
      }
      assertThat(served).hasValue(4);
    }
  }

  @Test
  void aBodyThatStallsIsCutOff() throws IOException {
    Duration brief = Duration.ofMillis(300);
    try (Origin origin =
        new Origin(connection -> {
          connection.head();
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
          connection.rest();
        })) {
      plane.serve(
          RunningPlane.pool("p", new Pool.Timeouts(brief, brief, brief), 0, origin.address()));
      try (Connection client = plane.connect()) {
        assertThat(client.send(GET).rest()).contains("half");
        assertThat(plane.logLines(1)).singleElement().asString().endsWith(" response-timeout");
      }
      Awaitility.await()
          .atMost(5, TimeUnit.SECONDS)
          .until(() -> plane.state(origin.address()).inFlight() == 0);
    }
  }

  /** Whole, although the origin is gone long before the client has read it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 20000000\r\n",
        "Connection: close\r\nContent-Length: 20000000\r\n",
        ""
      })
  void aSlowClientGetsAllOfWhatAnOriginSentBeforeItClosed(String fields) throws IOException {
    byte[] block = new byte[20_000];
    try (Origin origin =
        new Origin(connection -> {
          connection.head();
          connection.send("HTTP/1.1 200 OK\r\n" + fields + "\r\n");
          for (int i = 0; i < 1000; i++) {
            connection.out.write(block);
          }
        })) {
      plane.serve(RunningPlane.pool(origin.address()));
      try (Connection client = plane.connect()) {
        client.send(GET);
        Head head = Objects.requireNonNull(client.head());
        boolean chunked = !head.all("transfer-encoding").isEmpty();
        for (long left = chunked ? 1 : 20_000_000; left > 0; ) {
          if (chunked) {
            assertThat(client.body(head, false)).hasSize(20_000_000);
            left = 0;
          } else {
            LockSupport.parkNanos(1_000_000);
            byte[] some = client.in.readNBytes((int) Math.min(left, 100_000));
            assertThat(some).isNotEmpty();
            left -= some.length;
          }
        }
        assertThat(plane.logLines(1)).singleElement().asString().endsWith(" -");
      }
    }
  }

  @Test
  void aClientThatStopsReadingIsCutOff() throws IOException {
    Duration brief = Duration.ofMillis(500);
    try (Origin origin =
        new Origin(connection -> {
          connection.head();
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
          byte[] block = new byte[1 << 16];
          for (int i = 0; i < 1525; i++) {
            connection.out.write(block);
          }
        })) {
      plane.serve(
          RunningPlane.pool("p", new Pool.Timeouts(brief, brief, brief), 0, origin.address()));
      try (Connection client = plane.connect()) {
        client.send(GET);
        assertThat(plane.logLines(1)).singleElement().asString().endsWith(" client-stalled");
        assertThat(plane.state(origin.address()).failures()).isZero();
      }
    }
  }
}
