package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.HeaderEdits;
import io.weir.agent.model.Limits;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Pool;
import io.weir.agent.model.RouteRule;
import io.weir.agent.model.Service;
import io.weir.agent.proxy.Origin.Connection;
import io.weir.agent.proxy.Origin.Head;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a listener, a route and a pool are configured to allow, and to change. */
@SuppressWarnings("StringConcatToTextBlock") // a text block would not show its line ends
final class BoundsTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final Duration BRIEF = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir Path folder;
  private RunningPlane plane;
  private Origin origin;

  @BeforeEach
  void start() throws IOException {
    plane = new RunningPlane(folder);
    origin = new Origin(Origin.named("a"));
  }

  @AfterEach
  void stop() throws IOException {
    plane.close();
    origin.close();
  }

  private void serve(Service.Http service, Pool pool) {
    Listener listener = new Listener("web", "127.0.0.1", plane.port, service);
    assertThat(plane.apply(plane.snapshot(List.of(listener), pool))).isEmpty();
  }

  private void serve(Limits limits, Duration head, Duration idle) {
    serve(
        new Service.Http(List.of(new RouteRule(List.of(), "/", "p")), 0, limits, head, idle),
        RunningPlane.pool(origin.address()));
  }

  private static String statusOf(Connection client) throws IOException {
    return Objects.requireNonNull(client.head()).line().substring(9, 12);
  }

  @Test
  void aSilentConnectionIsClosedInTime() throws IOException {
    serve(Limits.DEFAULT, LONG, BRIEF);
    try (Connection client = plane.connect()) {
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void aHeadThatComesTooSlowlyIsAnsweredWith408() throws IOException {
    serve(Limits.DEFAULT, BRIEF, LONG);
    try (Connection client = plane.connect()) {
      client.send("GET / HTTP/1.1\r\nHost:");
      assertThat(statusOf(client)).isEqualTo("408");
      assertThat(plane.logLines(1)).singleElement().asString().endsWith(" request-timeout");
      assertThat(origin.heads).isEmpty();
    }
  }

  @Test
  void eachListenerHasItsOwnLimits() throws IOException {
    serve(new Limits(1024, 256, 4, 10), LONG, LONG);
    String post = "POST / HTTP/1.1\r\nHost: h\r\n";
    String[][] cases = {
      {"431", "GET / HTTP/1.1\r\nHost: h\r\nX: " + "x".repeat(1000) + "\r\n\r\n"},
      {"414", "GET /" + "a".repeat(256) + " HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"431", "GET / HTTP/1.1\r\nHost: h\r\n" + "X: 1\r\n".repeat(4) + "\r\n"},
      {"200", "GET / HTTP/1.1\r\nHost: h\r\n" + "X: 1\r\n".repeat(3) + "\r\n"},
      {"413", post + "Content-Length: 11\r\n\r\n01234567890"},
      {"200", post + "Content-Length: 10\r\n\r\n0123456789"},
      {"413", post + "Transfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n"},
      {"200", post + "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n"},
    };
    for (String[] one : cases) {
      try (Connection client = plane.connect()) {
        assertThat(statusOf(client.send(one[1]))).as(one[1]).isEqualTo(one[0]);
      }
    }
  }

  @Test
  void aWholeRequestHasADeadline() throws IOException {
    Pool.Timeouts timeouts = new Pool.Timeouts(LONG, LONG, LONG, Optional.of(BRIEF));
    try (Origin slow =
        new Origin(connection -> {
          Head head = Objects.requireNonNull(connection.head());
          if (head.line().contains("/started")) {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
          }
          connection.rest();
        })) {
      plane.serve(RunningPlane.pool("p", timeouts, 0, slow.address()));
      try (Connection client = plane.connect()) {
        assertThat(statusOf(client.send(GET))).isEqualTo("504");
      }
      try (Connection client = plane.connect()) {
        client.send("GET /started HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(client.rest()).endsWith("half");
      }
      assertThat(plane.logLines(2)).allMatch(line -> line.endsWith(" deadline-exceeded"));
    }
  }

  @Test
  void aRouteChangesHeaderFields() throws IOException {
    HeaderEdits request =
        new HeaderEdits(
            List.of("X-Gone", "user-agent"),
            List.of(
                new HeaderEdits.Field("X-Set", "new"),
                new HeaderEdits.Field("Host", "inner.example")),
            List.of(new HeaderEdits.Field("X-Also", "two")));
    HeaderEdits response =
        new HeaderEdits(
            List.of("Server"), List.of(new HeaderEdits.Field("Via", "weir")), List.of());
    try (Origin talkative =
        new Origin(
            Origin.each((head, connection) ->
                connection.send(
                    "HTTP/1.1 200 OK\r\nServer: x\r\nVia: y\r\nContent-Length: 0\r\n\r\n")))) {
      serve(
          new Service.Http(List.of(new RouteRule(List.of(), "/", "p", request, response)), 0),
          RunningPlane.pool(talkative.address()));
      try (Connection client = plane.connect()) {
        client.send(
            "GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: u\r\nx-set: old\r\nX-Set: older\r\n"
                + "X-GONE: 1\r\nX-Also: one\r\nX-Kept: 1\r\n\r\n");
        Head answer = Objects.requireNonNull(client.head());
        assertThat(answer.all("server")).isEmpty();
        assertThat(answer.all("via")).containsExactly("weir");
        Head seen = talkative.heads.remove();
        assertThat(seen.one("host")).isEqualTo("inner.example");
        assertThat(seen.one("x-forwarded-host")).isEqualTo("h");
        assertThat(seen.all("x-set")).containsExactly("new");
        assertThat(seen.all("x-also")).containsExactly("one", "two");
        assertThat(seen.all("x-gone")).isEmpty();
        assertThat(seen.all("user-agent")).isEmpty();
        assertThat(seen.one("x-kept")).isEqualTo("1");
      }
    }
  }

  @Test
  void aClientThatHasSentAllMayCloseItsSideAndStillGetsItsAnswers() throws IOException {
    serve(Limits.DEFAULT, LONG, LONG);
    try (Connection client = plane.connect()) {
      client.send(GET + GET);
      client.socket.shutdownOutput();
      for (int i = 0; i < 2; i++) {
        Head head = Objects.requireNonNull(client.head());
        assertThat(client.body(head, false)).isEqualTo("a");
      }
      assertThat(client.rest()).isEmpty();
    }
  }
}
