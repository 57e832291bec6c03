package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Pool;
import io.weir.agent.model.RouteRule;
import io.weir.agent.model.Service;
import io.weir.agent.model.Steering;
import io.weir.agent.proxy.Origin.Connection;
import io.weir.agent.proxy.Origin.Head;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("StringConcatToTextBlock") // a text block would not show its line ends
final class ForwardingTest {
  @TempDir Path folder;
  RunningPlane plane;

  @BeforeEach
  void start() throws IOException {
    plane = new RunningPlane(folder);
  }

  @AfterEach
  void stop() {
    plane.close();
  }

  private record Reply(Head head, String body) {
    int status() {
      return Integer.parseInt(head.line().substring(9, 12));
    }
  }

  private static Reply reply(Connection client) throws IOException {
    return reply(client, false);
  }

  private static Reply reply(Connection client, boolean bodiless) throws IOException {
    Head head = Objects.requireNonNull(client.head(), "closed without an answer");
    return new Reply(head, bodiless ? "" : client.body(head, true));
  }

  private Reply get(String path) throws IOException {
    try (Connection client = plane.connect()) {
      return reply(client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n"));
    }
  }

  private static Origin answering(String response) throws IOException {
    return new Origin(Origin.each((head, connection) -> connection.send(response)));
  }

  @Nested
  final class Requests {
    @Test
    void connectionsAreKeptOnBothSides() throws IOException {
      try (Origin origin = new Origin(Origin.named("a"));
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        for (int i = 0; i < 20; i++) {
          assertThat(reply(client.send("GET /" + i + " HTTP/1.1\r\nHost: h\r\n\r\n")).body())
              .isEqualTo("a");
        }
        assertThat(origin.connections).hasValue(1);
        assertThat(plane.logLines(20)).hasSize(20);
      }
    }

    @Test
    void pipelinedRequestsAreAnsweredInTheirOrder() throws IOException {
      try (Origin origin =
              new Origin(
                  Origin.each((head, connection) ->
                      connection.send(
                          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
                              + head.line().substring(5, 7))));
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        StringBuilder requests = new StringBuilder();
        for (int i = 10; i < 30; i++) {
          requests.append("GET /").append(i).append(" HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        client.send(requests.toString());
        for (int i = 10; i < 30; i++) {
          assertThat(reply(client).body()).isEqualTo("" + i);
        }
      }
    }

    @Test
    void fieldsArePassedOnWithoutThoseOfTheConnection() throws IOException {
      try (Origin origin = new Origin(Origin.named("a"));
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        reply(
            client.send(
                "GET /x?y=%20z HTTP/1.1\r\nHost: Example.com:81\r\nX-One: 1\r\nX-Two: a\r\n"
                    + "x-two: b\r\nConnection: close, X-Hop, Host, Content-Length, Forwarded\r\n"
                    + "X-Hop: gone\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nUpgrade: h2c\r\n"
                    + "Proxy-Connection: close\r\nX-Latin: \u00e9\r\n\r\n"));
        Head head = origin.heads.remove();
        assertThat(head.line()).isEqualTo("GET /x?y=%20z HTTP/1.1");
        assertThat(head.one("host")).isEqualTo("Example.com:81");
        assertThat(head.all("x-two")).containsExactly("a", "b");
        assertThat(head.one("x-latin")).isEqualTo("\u00e9");
        assertThat(head.fields()).contains("X-One: 1");
        for (String gone :
            List.of("connection", "x-hop", "keep-alive", "te", "upgrade", "proxy-connection")) {
          assertThat(head.all(gone)).as(gone).isEmpty();
        }
        assertThat(head.one("x-forwarded-for")).isEqualTo("127.0.0.1");
        assertThat(head.one("x-forwarded-proto")).isEqualTo("http");
        assertThat(head.one("x-forwarded-host")).isEqualTo("Example.com:81");
        assertThat(head.one("x-forwarded-port")).isEqualTo("" + plane.port);
        assertThat(head.one("forwarded"))
            .isEqualTo("for=127.0.0.1;host=\"Example.com:81\";proto=http");
        assertThat(head.all("content-length")).isEmpty();
        assertThat(head.all("transfer-encoding")).isEmpty();
      }
    }

    @Test
    void forwardingFieldsAreReplacedUnlessAHopIsTrusted() throws IOException {
      String forged =
          "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\n"
              + "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n"
              + "Forwarded: for=6.6.6.6\r\nConnection: X-Forwarded-For\r\n\r\n";
      try (Origin origin = new Origin(Origin.named("a"));
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        reply(client.send(forged));
        Head head = origin.heads.remove();
        assertThat(head.one("x-forwarded-for")).isEqualTo("127.0.0.1");
        assertThat(head.one("x-forwarded-proto")).isEqualTo("http");
        assertThat(head.one("x-forwarded-host")).isEqualTo("h");
        assertThat(head.one("forwarded")).isEqualTo("for=127.0.0.1;host=h;proto=http");

        plane.apply(
            plane.snapshot(List.of(plane.listener(1)), RunningPlane.pool(origin.address())));
        reply(client.send(forged));
        head = origin.heads.remove();
        assertThat(head.one("x-forwarded-for")).isEqualTo("6.6.6.6, 7.7.7.7, 127.0.0.1");
        assertThat(head.one("x-forwarded-proto")).isEqualTo("https");
        assertThat(head.one("x-forwarded-host")).isEqualTo("evil");
        assertThat(head.one("forwarded")).isEqualTo("for=6.6.6.6, for=127.0.0.1;host=h;proto=http");
      }
    }

    @Test
    void anAbsoluteTargetWinsOverHost() throws IOException {
      try (Origin origin = new Origin(Origin.named("a"));
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        reply(client.send("GET http://other:8080/p?q HTTP/1.1\r\nHost: h\r\n\r\n"));
        Head head = origin.heads.remove();
        assertThat(head.line()).isEqualTo("GET /p?q HTTP/1.1");
        assertThat(head.one("host")).isEqualTo("other:8080");
      }
    }

    @Test
    void bodiesKeepTheirFraming() throws IOException {
      Queue<String> trailers = new ConcurrentLinkedQueue<>();
      try (Origin origin =
              new Origin(connection -> {
                for (Head head = connection.head(); head != null; head = connection.head()) {
                  String body = connection.body(head, false);
                  trailers.addAll(connection.trailers);
                  connection.send(
                      "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                }
              });
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        assertThat(
                reply(client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"))
                    .body())
            .isEqualTo("hello");
        assertThat(origin.heads.remove().one("content-length")).isEqualTo("5");
        client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
        client.send("3;ext=1\r\nabc\r\n").send("A\r\n0123456789\r\n0\r\nX-Trailer: x\r\n\r\n");
        assertThat(reply(client).body()).isEqualTo("abc0123456789");
        Head chunked = origin.heads.remove();
        assertThat(chunked.one("transfer-encoding")).isEqualTo("chunked");
        assertThat(chunked.all("content-length")).isEmpty();
        assertThat(trailers).containsExactly("X-Trailer: x");
        assertThat(
                reply(client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"))
                    .body())
            .isEmpty();
        assertThat(origin.heads.remove().one("content-length")).isEqualTo("0");
      }
    }

    @Test
    void theClientIsToldToContinueWhenTheOriginIs() throws IOException {
      try (Origin origin =
              new Origin(connection -> {
                Head head = Objects.requireNonNull(connection.head());
                connection.send("HTTP/1.1 100 Continue\r\n\r\n");
                String body = connection.body(head, false);
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + body);
              });
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        client.send(
            "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
        assertThat(Objects.requireNonNull(client.head()).line()).contains("100");
        assertThat(reply(client.send("body")).body()).isEqualTo("body");
        assertThat(origin.heads.remove().one("expect")).isEqualTo("100-continue");
      }
    }

    private static final String UPGRADE =
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

    /** Switches protocols when asked to, and from then on sends back what comes, upper case. */
    private static Origin switching() throws IOException {
      return new Origin(connection -> {
        Head head = Objects.requireNonNull(connection.head());
        if (!head.one("connection").equalsIgnoreCase("upgrade")) {
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain");
          return;
        }
        connection.send(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "
                + head.one("upgrade")
                + "\r\n\r\nfirst ");
        for (int b = connection.in.read(); b >= 0; b = connection.in.read()) {
          connection.send(String.valueOf((char) Character.toUpperCase(b)));
        }
      });
    }

    @Test
    void anUpgradeThatTheOriginAcceptsBecomesATunnel() throws IOException {
      try (Origin origin = switching()) {
        plane.serve(RunningPlane.pool(origin.address()));
        try (Connection client = plane.connect()) {
          Head head = Objects.requireNonNull(client.send(UPGRADE).head());
          assertThat(head.line()).startsWith("HTTP/1.1 101 ");
          assertThat(head.one("upgrade")).isEqualTo("websocket");
          assertThat(head.one("connection")).isEqualToIgnoringCase("upgrade");
          client.send("hello");
          assertThat(new String(client.in.readNBytes(11), StandardCharsets.US_ASCII))
              .isEqualTo("first HELLO");
        }
        assertThat(plane.logLines(1)).singleElement().asString().contains("\" 101 11 ");
        assertThat(plane.logLines().getFirst()).endsWith(" -");
      }
    }

    @Test
    void anUpgradeThatTheOriginRefusesIsAnOrdinaryRequest() throws IOException {
      try (Origin origin = new Origin(Origin.named("plain"));
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        client.send(UPGRADE + "GET /second HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(reply(client).body()).isEqualTo("plain");
        assertThat(reply(client).body()).isEqualTo("plain");
        assertThat(origin.heads.remove().one("upgrade")).isEqualTo("websocket");
        assertThat(origin.heads.remove().line()).isEqualTo("GET /second HTTP/1.1");
      }
    }

    @Test
    void aRequestBehindAnUpgradeNeverGetsIntoTheTunnel() throws IOException {
      try (Origin origin = switching();
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        client.send(UPGRADE + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(reply(client).status()).isEqualTo(502);
        assertThat(reply(client).body()).isEqualTo("plain");
        assertThat(origin.heads).hasSize(2);
      }
    }

    @Test
    void anHttp10ClientNeedsNoHostAndGetsNoChunks() throws IOException {
      try (Origin origin =
              answering(
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        Reply reply = reply(client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
        assertThat(reply.body()).isEqualTo("hi");
        assertThat(reply.head().all("transfer-encoding")).isEmpty();
        assertThat(reply.head().one("connection")).isEqualTo("close");
        assertThat(origin.heads.remove().one("host")).isEqualTo(origin.address());
      }
    }
  }

  @Nested
  final class Responses {
    @Test
    void aResponseToHeadKeepsItsLengthAndHasNoBody() throws IOException {
      try (Origin origin = answering("HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n");
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        for (int i = 0; i < 3; i++) {
          Reply reply = reply(client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"), true);
          assertThat(reply.head().one("content-length")).isEqualTo("42");
        }
        assertThat(origin.connections).hasValue(1);
      }
    }

    @Test
    void statusesWithoutABodyAreRelayedAsSuch() throws IOException {
      for (String status : List.of("204 No Content", "304 Not Modified")) {
        try (Origin origin = answering("HTTP/1.1 " + status + "\r\nETag: \"x\"\r\n\r\n");
            Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
          for (int i = 0; i < 3; i++) {
            Reply reply = reply(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), true);
            assertThat(reply.head().line()).isEqualTo("HTTP/1.1 " + status);
            assertThat(reply.head().one("etag")).isEqualTo("\"x\"");
            assertThat(reply.head().all("content-length")).isEmpty();
            assertThat(reply.head().all("transfer-encoding")).isEmpty();
          }
        }
      }
    }

    @Test
    void fieldsOfTheConnectionStayBehind() throws IOException {
      try (Origin origin =
              answering(
                  "HTTP/1.1 200 Fine Thanks\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: x\r\n"
                      + "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok");
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        Reply reply = reply(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
        assertThat(reply.head().line()).isEqualTo("HTTP/1.1 200 Fine Thanks");
        assertThat(reply.head().all("set-cookie")).containsExactly("a=1", "b=2");
        assertThat(reply.head().all("x-hop")).isEmpty();
        assertThat(reply.head().all("keep-alive")).isEmpty();
        assertThat(reply.head().all("connection")).isEmpty();
      }
    }

    @Test
    void chunksAreRelayedAsTheyCome() throws IOException {
      try (Origin origin =
              new Origin(connection -> {
                connection.head();
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                connection.in.read(); // goes on when the client has seen the first chunk
              });
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        // The head arrives although no body has come yet.
        assertThat(Objects.requireNonNull(client.head()).one("transfer-encoding"))
            .isEqualTo("chunked");
      }
    }

    @Test
    void aBodyThatEndsWithTheConnectionBecomesChunks() throws IOException {
      try (Origin origin =
              new Origin(connection -> {
                connection.head();
                connection.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
              });
          Connection client = plane.serve(RunningPlane.pool(origin.address())).connect()) {
        for (int i = 0; i < 2; i++) {
          Reply reply = reply(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
          assertThat(reply.head().one("transfer-encoding")).isEqualTo("chunked");
          assertThat(reply.body()).isEqualTo("until the end");
        }
        assertThat(origin.connections).hasValue(2);
      }
    }
  }

  @Nested
  final class Failures {
    private void expect(Reply reply, int status, String reason) {
      assertThat(reply.status()).isEqualTo(status);
      assertThat(reply.head().one("x-weir-reason")).isEqualTo(reason);
      assertThat(reply.head().one("content-type")).startsWith("text/plain");
      assertThat(reply.body()).isNotBlank();
      assertThat(plane.logLines(1).getLast()).contains("\" " + status + " ").endsWith(" " + reason);
    }

    private Pool impatient(String address) {
      Duration brief = Duration.ofMillis(200);
      return RunningPlane.pool("p", new Pool.Timeouts(brief, brief, brief), 2, address);
    }

    @Test
    void noRouteIs404() throws IOException {
      try (Origin origin = new Origin(Origin.named("a"))) {
        Listener listener =
            new Listener(
                "web",
                "127.0.0.1",
                plane.port,
                new Service.Http(List.of(new RouteRule(List.of("a.test"), "/a", "p")), 0));
        plane.apply(plane.snapshot(List.of(listener), RunningPlane.pool(origin.address())));
        expect(get("/a"), 404, "no-route");
        assertThat(origin.connections).hasValue(0);
      }
    }

    @Test
    void noUsableEndpointIs503() throws IOException {
      Pool usual = RunningPlane.pool("127.0.0.1:9");
      Steering believing = new Steering(Optional.empty(), 140, 0, false, Optional.empty(), 0);
      plane.serve(
          new Pool(
              usual.name(),
              usual.endpoints(),
              usual.balance(),
              believing,
              usual.health(),
              usual.timeouts(),
              usual.retries()));
      plane.state("127.0.0.1:9").health(Health.UNHEALTHY);
      expect(get("/"), 503, "no-endpoint");
    }

    @Test
    void aPoolOfWhichNothingHasBeenDiscoveredYetIs503() throws IOException {
      plane.serve(RunningPlane.pool());
      expect(get("/"), 503, "no-endpoint");
    }

    @Test
    void whenAllAreUnhealthyTheyAreTriedAllTheSame() throws IOException {
      try (Origin origin = new Origin(Origin.named("a"))) {
        plane.serve(RunningPlane.pool(origin.address()));
        plane.state(origin.address()).health(Health.UNHEALTHY);
        try (Connection client = plane.connect()) {
          Head head =
              Objects.requireNonNull(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").head());
          assertThat(head.line()).contains("200");
        }
      }
    }

    @Test
    void aRefusedConnectionIs502() throws IOException {
      String address = "127.0.0.1:" + RunningPlane.freePort();
      plane.serve(RunningPlane.pool(address));
      expect(get("/"), 502, "connect-refused");
      assertThat(plane.state(address).requests()).isEqualTo(3);
      assertThat(plane.state(address).retries()).isEqualTo(2);
    }

    @Test
    void anUnknownNameIs502() throws IOException {
      plane.serve(RunningPlane.pool("no-such-host.invalid:80"));
      expect(get("/"), 502, "connect-failed");
    }

    @Test
    void aConnectionThatDoesNotOpenIs504() throws IOException {
      // A listen queue that is full answers nothing.
      try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        List<Connection> queued = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          queued.add(Connection.to(full.getLocalPort()));
        }
        plane.serve(impatient("127.0.0.1:" + full.getLocalPort()));
        expect(get("/"), 504, "connect-timeout");
        for (Connection connection : queued) {
          connection.close();
        }
      }
    }

    @Test
    void anAnswerThatDoesNotComeIs504AndNotTriedAgain() throws IOException {
      try (Origin origin = new Origin(connection -> connection.rest())) {
        plane.serve(impatient(origin.address()));
        expect(get("/"), 504, "response-timeout");
        assertThat(origin.connections).hasValue(1);
        assertThat(plane.state(origin.address()).failures()).isEqualTo(1);
      }
    }

    @Test
    void anOriginThatClosesIs502AfterRetries() throws IOException {
      try (Origin origin = new Origin(Connection::head)) {
        plane.serve(RunningPlane.pool(origin.address()));
        expect(get("/"), 502, "upstream-reset");
        assertThat(origin.connections).hasValue(3);
      }
    }

    @Test
    void aBodyThatDoesNotComeIs408() throws IOException {
      try (Origin origin = new Origin(Origin.named("a"));
          Connection client = plane.serve(impatient(origin.address())).connect()) {
        expect(
            reply(
                client.send(
                    "POST / HTTP/1.1\r\n"
                        + "Host: h\r\n"
                        + "Expect: 100-continue\r\n"
                        + "Content-Length: 5\r\n\r\n")),
            408,
            "request-timeout");
        assertThat(client.rest()).isEmpty();
        assertThat(plane.state(origin.address()).failures()).isZero();
      }
    }
  }

  @Nested
  final class Retries {
    @Test
    void anotherEndpointIsTriedAfterARefusedConnectionWhateverTheMethod() throws IOException {
      try (Origin good = new Origin(Origin.named("good"))) {
        String bad = "127.0.0.1:" + RunningPlane.freePort();
        plane.serve(RunningPlane.pool(bad, good.address()));
        for (int i = 0; i < 10; i++) {
          try (Connection client = plane.connect()) {
            Reply reply =
                reply(client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"));
            assertThat(reply.body()).isEqualTo("good");
          }
        }
        assertThat(plane.state(bad).inFlight()).isZero();
        assertThat(plane.logLines(10)).hasSize(10).allMatch(line -> line.endsWith(" -"));
      }
    }

    @Test
    void anIdempotentRequestIsTriedAgainAfterAReset() throws IOException {
      try (Origin bad = new Origin(Connection::head);
          Origin good = new Origin(Origin.named("good"))) {
        plane.serve(RunningPlane.pool(bad.address(), good.address()));
        for (int i = 0; i < 6; i++) {
          assertThat(get("/").body()).isEqualTo("good");
        }
        assertThat(plane.state(bad.address()).retries()).isPositive();
      }
    }

    @Test
    void aPostIsNotTriedAgainOnceItWasSent() throws IOException {
      try (Origin bad = new Origin(Connection::head);
          Origin good = new Origin(Origin.named("good"))) {
        plane.serve(RunningPlane.pool(bad.address(), good.address()));
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          try (Connection client = plane.connect()) {
            statuses.add(
                reply(client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"))
                    .status());
          }
        }
        assertThat(statuses).contains(502, 200);
        assertThat(good.heads.size() + bad.heads.size()).isEqualTo(4);
      }
    }

    @Test
    void aBackupIsTriedWhenEveryPrimaryFailed() throws IOException {
      try (Origin backup = new Origin(Origin.named("backup"))) {
        Pool one = RunningPlane.pool("127.0.0.1:" + RunningPlane.freePort(), backup.address());
        List<Endpoint> endpoints =
            List.of(
                one.endpoints().getFirst(),
                new Endpoint(
                    backup.address(), "127.0.0.1", backup.port(), 1, /* priority= */ 1, false));
        plane.serve(
            new Pool("p", endpoints, one.balance(), one.health(), one.timeouts(), one.retries()));
        assertThat(get("/").body()).isEqualTo("backup");
      }
    }

    @Test
    void withoutRetriesTheFirstFailureIsTheAnswer() throws IOException {
      try (Origin bad = new Origin(Connection::head)) {
        plane.serve(RunningPlane.pool("p", RunningPlane.PATIENT, 0, bad.address()));
        assertThat(get("/").status()).isEqualTo(502);
        assertThat(bad.connections).hasValue(1);
      }
    }
  }

  @Nested
  final class Cancellation {
    @Test
    void aClientThatLeavesCancelsTheRequestUpstream() throws IOException {
      try (Origin origin =
          new Origin(connection -> {
            connection.head();
            connection.rest();
          })) {
        plane.serve(RunningPlane.pool(origin.address()));
        try (Connection client = plane.connect()) {
          client.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
          Awaitility.await().until(() -> plane.state(origin.address()).inFlight() == 1);
        }
        Awaitility.await()
            .atMost(5, TimeUnit.SECONDS)
            .until(() -> plane.state(origin.address()).inFlight() == 0);
        assertThat(plane.logLines(1)).singleElement().asString().contains(" 499 ");
        assertThat(plane.logLines().getFirst()).endsWith(" client-closed");
        assertThat(plane.state(origin.address()).failures()).isZero();
      }
    }
  }
}
