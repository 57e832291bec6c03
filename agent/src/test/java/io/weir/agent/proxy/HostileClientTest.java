package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.proxy.Origin.Connection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a client may send to make two readers of the same bytes disagree, or to wear the proxy out.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HostileClientTest {
  private static final String NEXT = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

  private Origin origin;
  private RunningPlane plane;
  private int marks;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    origin = new Origin(Origin.named("a"));
    // One loop, so that records come in the order in which requests end: see settledLines.
    plane =
        new RunningPlane(folder, new ProxyOptions(1, Duration.ofSeconds(5)))
            .serve(RunningPlane.pool(origin.address()));
  }

  @AfterAll
  void stop() throws IOException {
    plane.close();
    origin.close();
  }

  /** Records so far, once those of requests before are all written. */
  private int settledLines() throws IOException {
    String mark = "/mark-" + ++marks;
    try (Connection client = plane.connect()) {
      client.send("GET " + mark + " HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(Objects.requireNonNull(client.head()).line()).contains("200");
    }
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> plane.logLines().stream().anyMatch(line -> line.contains(mark + " ")));
    return plane.logLines().size();
  }

  private static Arguments refused(int status, String what, String bytes) {
    return Arguments.of(status, what, bytes);
  }

  private static String post(String fields, String body) {
    return "POST /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body;
  }

  private static String get(String fields) {
    return "GET /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        refused(
            400,
            "Content-Length with Transfer-Encoding",
            post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
        refused(
            400,
            "Transfer-Encoding with Content-Length",
            post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")),
        refused(
            400, "two Content-Length", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd")),
        refused(
            400,
            "two equal Content-Length",
            post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")),
        refused(400, "a list of Content-Length", post("Content-Length: 3, 3\r\n", "abc")),
        refused(400, "signed Content-Length", post("Content-Length: +3\r\n", "abc")),
        refused(400, "negative Content-Length", post("Content-Length: -3\r\n", "abc")),
        refused(400, "hex Content-Length", post("Content-Length: 0x3\r\n", "abc")),
        refused(400, "empty Content-Length", post("Content-Length: \r\n", "abc")),
        refused(
            400,
            "overflowing Content-Length",
            post("Content-Length: 18446744073709551617\r\n", "a")),
        refused(501, "gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")),
        refused(400, "chunked, gzip", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")),
        refused(400, "xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")),
        refused(400, "identity", post("Transfer-Encoding: identity\r\n", "")),
        refused(
            400,
            "chunked twice",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
        refused(
            400,
            "Transfer-Encoding in HTTP/1.0",
            "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        refused(400, "obs-fold", get("X: a\r\n b\r\n")),
        refused(400, "obs-fold with a tab", get("X: a\r\n\tTransfer-Encoding: chunked\r\n")),
        refused(400, "a first field that is folded", "GET / HTTP/1.1\r\n Host: h\r\n\r\n"),
        refused(400, "bare LF", "GET / HTTP/1.1\nHost: h\n\n"),
        refused(400, "bare LF after a field", get("X: a\nY: b\r\n")),
        refused(400, "bare CR in a value", get("X: a\rY: b\r\n")),
        refused(400, "bare CR in the request line", "GET /\rx HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "NUL in a value", get("X: a\u0000b\r\n")),
        refused(400, "a control in a value", get("X: a\u0001b\r\n")),
        refused(400, "DEL in a value", get("X: a\u007fb\r\n")),
        refused(400, "NUL in a name", get("X\u0000: b\r\n")),
        refused(400, "space before the colon", get("X : a\r\n")),
        refused(400, "tab before the colon", get("X\t: a\r\n")),
        refused(
            400,
            "space before the colon of Transfer-Encoding",
            post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")),
        refused(400, "empty name", get(": a\r\n")),
        refused(400, "no colon", get("nothing\r\n")),
        refused(400, "a name that is no token", get("X(y): a\r\n")),
        refused(400, "two spaces in the request line", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "a space in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "a space before the method", " GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "HTTP/0.9", "GET /\r\n\r\n"),
        refused(505, "HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n"),
        refused(505, "HTTP/2.0 in text", "GET / HTTP/2.0\r\nHost: h\r\n\r\n"),
        refused(505, "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        refused(400, "lower-case version", "GET / http/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "a method that is no token", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(431, "a head of 1 MiB", get("X: " + "a".repeat(1 << 20) + "\r\n")),
        refused(431, "100,000 fields", get("X: a\r\n".repeat(100_000))),
        refused(
            414, "a long target", "GET /" + "a".repeat(70_000) + " HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "no Host", "GET / HTTP/1.1\r\n\r\n"),
        refused(400, "two Host", get("Host: h\r\n")),
        refused(400, "an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
        refused(400, "a Host that is a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
        refused(400, "a Host with user information", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
        refused(400, "a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        refused(
            400, "an absolute target without host", "GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(
            400,
            "an absolute target with user information",
            "GET http://h@evil/x HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "a target without slash", "GET x HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "GET *", "GET * HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "%00", "GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "above the root", "GET /a/../../b HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "above the root, escaped", "GET /%2e%2E/b HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "a broken escape", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "a fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(405, "CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"),
        refused(405, "TRACE", "TRACE / HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(417, "an unknown expectation", get("Expect: magic\r\n")));
  }

  @ParameterizedTest(name = "{1}: {0}")
  @MethodSource("refusals")
  void isRefusedAndNothingOfItReachesAnOrigin(int status, String what, String bytes)
      throws IOException {
    int logged = settledLines();
    origin.heads.clear();
    try (Connection client = plane.connect()) {
      String answer = exchange(client, bytes + NEXT);
      // A head that could not be read has no version to answer in.
      assertThat(answer).as(what).matches("(?s)HTTP/1\\.[01] " + status + " .*");
      // The only answer: what follows is not parsed, and the connection is closed.
      assertThat(answer.split("HTTP/1\\.[01] \\d\\d\\d ", -1)).as(answer).hasSize(2);
      assertThat(answer.toLowerCase(Locale.ROOT)).contains("connection: close");
      assertThat(origin.heads).isEmpty();
    }
    assertThat(plane.logLines(logged + 1)).hasSize(logged + 1);
    assertThat(plane.logLines().getLast()).contains("\" " + status + " ");
  }

  static Stream<Arguments> shortRefusals() {
    return refusals().filter(refusal -> ((String) refusal.get()[2]).length() < 1000);
  }

  @ParameterizedTest(name = "{1}: {0}")
  @MethodSource("shortRefusals")
  void isRefusedAsWellWhenItComesByteByByte(int status, String what, String bytes)
      throws IOException {
    origin.heads.clear();
    try (Connection client = plane.connect()) {
      try {
        for (int i = 0; i < bytes.length(); i++) {
          client.send(bytes.substring(i, i + 1));
        }
        client.send(NEXT);
      } catch (IOException closed) {
        // What was answered can still be read.
      }
      assertThat(client.rest()).as(what).matches("(?s)HTTP/1\\.[01] " + status + " .*");
      assertThat(origin.heads).isEmpty();
    }
  }

  /** A refusal may come, and the connection go, while the rest is still being sent. */
  private static String exchange(Connection client, String bytes) throws IOException {
    try {
      client.send(bytes);
    } catch (IOException closed) {
      // What was answered can still be read.
    }
    return client.rest();
  }

  static Stream<Arguments> brokenBodies() {
    return Stream.of(
        Arguments.of("chunk size overflow", "10000000000000000\r\na\r\n0\r\n\r\n"),
        Arguments.of("negative chunk size", "-1\r\na\r\n0\r\n\r\n"),
        Arguments.of("chunk size with a prefix", "0x1\r\na\r\n0\r\n\r\n"),
        Arguments.of("no chunk size", "\r\na\r\n0\r\n\r\n"),
        Arguments.of("a chunk longer than its size", "1\r\nab\r\n0\r\n\r\n"),
        Arguments.of("no CRLF after a chunk", "1\r\na0\r\n\r\n"),
        Arguments.of("LF after a chunk", "1\r\na\n0\r\n\r\n"),
        Arguments.of("LF after a chunk size", "1\na\r\n0\r\n\r\n"),
        Arguments.of("a bare CR in an extension", "1;a\rb\r\na\r\n0\r\n\r\n"),
        Arguments.of("a bare LF in an extension", "1;a\n\r\na\r\n0\r\n\r\n"),
        Arguments.of("junk behind the size", "1 junk\r\na\r\n0\r\n\r\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenBodies")
  void aBrokenChunkEndsTheConnectionAndTheRequestUpstream(String what, String body)
      throws IOException {
    int logged = settledLines();
    origin.heads.clear();
    try (Connection client = plane.connect()) {
      String answer = exchange(client, post("Transfer-Encoding: chunked\r\n", body) + NEXT);
      assertThat(answer).as(what).doesNotContain("200 OK").startsWith("HTTP/1.1 400 ");
    }
    assertThat(plane.logLines(logged + 1)).hasSize(logged + 1);
    assertThat(plane.logLines().getLast()).endsWith(" bad-request");
    assertThat(origin.heads).allMatch(head -> !head.line().contains("smuggled"));
    assertThat(plane.state(origin.address()).inFlight()).isZero();
  }

  @Test
  void aTrailerCannotChangeTheRequest() throws IOException {
    origin.heads.clear();
    try (Connection client = plane.connect()) {
      client.send(
          post("Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 5\r\nHost: evil\r\n\r\n"));
      assertThat(Objects.requireNonNull(client.head()).line()).contains("200");
      assertThat(origin.heads.remove().one("host")).isEqualTo("h");
    }
  }

  @Test
  void pathsAreRoutedAsNormalisedAndForwardedAsSent() throws IOException {
    origin.heads.clear();
    for (String target : List.of("/a/%2e%2e/b", "//a", "/a/./b")) {
      try (Connection client = plane.connect()) {
        client.send("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(Objects.requireNonNull(client.head()).line()).contains("200");
        assertThat(origin.heads.remove().line()).isEqualTo("GET " + target + " HTTP/1.1");
      }
    }
  }
}
