package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.http1.HostileRequests;
import io.weir.agent.http1.HostileRequests.Refusal;
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

  private static String post(String fields, String body) {
    return "POST /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body;
  }

  static List<Refusal> refusals() {
    return HostileRequests.heads();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusals")
  void isRefusedAndNothingOfItReachesAnOrigin(Refusal refusal) throws IOException {
    int logged = settledLines();
    origin.heads.clear();
    try (Connection client = plane.connect()) {
      String answer = exchange(client, refusal.bytes() + NEXT);
      // A head that could not be read has no version to answer in.
      assertThat(answer).matches("(?s)HTTP/1\\.[01] " + refusal.status() + " .*");
      // The only answer: what follows is not parsed, and the connection is closed.
      assertThat(answer.split("HTTP/1\\.[01] \\d\\d\\d ", -1)).as(answer).hasSize(2);
      assertThat(answer.toLowerCase(Locale.ROOT)).contains("connection: close");
      assertThat(origin.heads).isEmpty();
    }
    assertThat(plane.logLines(logged + 1)).hasSize(logged + 1);
    assertThat(plane.logLines().getLast()).contains("\" " + refusal.status() + " ");
  }

  static Stream<Refusal> shortRefusals() {
    return refusals().stream().filter(refusal -> refusal.bytes().length() < 1000);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("shortRefusals")
  void isRefusedAsWellWhenItComesByteByByte(Refusal refusal) throws IOException {
    String bytes = refusal.bytes();
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
      assertThat(client.rest()).matches("(?s)HTTP/1\\.[01] " + refusal.status() + " .*");
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

  static List<Refusal> brokenBodies() {
    return HostileRequests.bodies();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenBodies")
  void aBrokenChunkEndsTheConnectionAndTheRequestUpstream(Refusal body) throws IOException {
    int logged = settledLines();
    origin.heads.clear();
    try (Connection client = plane.connect()) {
      String answer = exchange(client, post("Transfer-Encoding: chunked\r\n", body.bytes()) + NEXT);
      assertThat(answer).doesNotContain("200 OK").startsWith("HTTP/1.1 400 ");
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
