package io.weir.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.health.Observation;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.HealthCheck;
import io.weir.agent.model.HealthCheck.Probe;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ProberTest {
  private final Vertx vertx = Vertx.vertx();
  private final EndpointStates states = new EndpointStates();
  private final List<Observation> changes = new CopyOnWriteArrayList<>();
  private final Prober prober =
      new Prober(vertx, states, new Random(1), InstantSource.system(), this::note);

  // What the origin does with each request, and what it has seen.
  private volatile Consumer<HttpServerRequest> behaviour =
      request -> request.response().end("fine");
  private final List<String> seen = new CopyOnWriteArrayList<>();

  private Health held = Health.UNKNOWN;

  /** Changes of health, without the doubts before them. */
  private void note(List<Observation> news) {
    for (Observation observation : news) {
      if (observation.health() != held) {
        held = observation.health();
        changes.add(observation);
      }
    }
  }

  @AfterEach
  void stop() throws Exception {
    prober.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private Endpoint origin() throws Exception {
    HttpServer server =
        vertx
            .createHttpServer()
            .requestHandler(request -> {
              seen.add(request.method() + " " + request.uri() + " " + request.getHeader("Host"));
              behaviour.accept(request);
            })
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    return endpoint(server.actualPort());
  }

  private static Endpoint endpoint(int port) {
    return new Endpoint("127.0.0.1:" + port, "127.0.0.1", port, 1, 0, false);
  }

  /** Of a port that nothing listens on. */
  private static Endpoint nobody() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return endpoint(socket.getLocalPort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HealthCheck check(Probe probe) {
    return new HealthCheck(probe, Duration.ofMillis(100), Duration.ofMillis(90), 2, 2);
  }

  private static HealthCheck http() {
    return check(new Probe.Http("/up", ""));
  }

  private static Pool pool(String name, Optional<HealthCheck> check, Endpoint... endpoints) {
    Duration any = Duration.ofSeconds(1);
    return new Pool(
        name,
        Arrays.asList(endpoints),
        new Pool.Balance.RoundRobin(),
        check,
        new Pool.Timeouts(any, any, any),
        0);
  }

  private void run(Pool... pools) throws Exception {
    Map<String, Pool> byName = Arrays.stream(pools).collect(Collectors.toMap(Pool::name, p -> p));
    prober
        .run(new Snapshot("e", 1, 1, List.of(), byName))
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private Health health(String pool, Endpoint endpoint) {
    return states.of(new EndpointStates.Key(pool, endpoint.address())).health();
  }

  private void awaitHealth(Endpoint endpoint, Health health) {
    await()
        .until(() ->
            health("p", endpoint) == health
                && !changes.isEmpty()
                && changes.getLast().health() == health
                && changes.getLast().endpoint().equals(endpoint.address()));
  }

  private String reasonOnceUnhealthy(Endpoint endpoint) {
    awaitHealth(endpoint, Health.UNHEALTHY);
    return changes.getLast().reason();
  }

  /** Answers every connection with {@code bytes} and closes it. */
  private Endpoint rawOrigin(String bytes) throws Exception {
    var server =
        vertx
            .createNetServer()
            .connectHandler(socket ->
                socket.handler(_ -> {
                  socket.write(bytes).onComplete(_ -> socket.close());
                }))
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    return endpoint(server.actualPort());
  }

  @Nested
  class AnHttpProbe {
    @Test
    void findsAnOriginHealthyAtTheFirstGoodAnswer() throws Exception {
      Endpoint origin = origin();
      run(pool("p", Optional.of(http()), origin));
      awaitHealth(origin, Health.HEALTHY);
      assertThat(seen.getFirst()).isEqualTo("GET /up " + origin.address());
      assertThat(changes).extracting(Observation::health).containsExactly(Health.HEALTHY);
    }

    @Test
    void sendsTheHostThatItIsTold() throws Exception {
      Endpoint origin = origin();
      run(pool("p", Optional.of(check(new Probe.Http("/", "shop.example"))), origin));
      awaitHealth(origin, Health.HEALTHY);
      assertThat(seen.getFirst()).isEqualTo("GET / shop.example");
    }

    @Test
    void takesARedirectForAnAnswerAndDoesNotFollow() throws Exception {
      Endpoint origin = origin();
      behaviour = r -> r.response().setStatusCode(302).putHeader("Location", "/other").end();
      run(pool("p", Optional.of(http()), origin));
      awaitHealth(origin, Health.HEALTHY);
      assertThat(seen).allMatch(line -> line.startsWith("GET /up "));
    }

    @Test
    void neverReusesAConnection() throws Exception {
      Endpoint origin = origin();
      List<String> peers = new CopyOnWriteArrayList<>();
      behaviour =
          request -> {
            peers.add(request.remoteAddress().toString());
            request.response().end();
          };
      run(pool("p", Optional.of(http()), origin));
      await().until(() -> peers.size() >= 4);
      assertThat(peers).doesNotHaveDuplicates();
    }

    @Test
    void tellsWhyAnOriginIsUnhealthy() throws Exception {
      Endpoint origin = origin();
      behaviour = request -> request.response().setStatusCode(503).end();
      run(pool("p", Optional.of(http()), origin));
      assertThat(reasonOnceUnhealthy(origin)).isEqualTo("status 503");
    }

    @Test
    void tellsThatNobodyListens() throws Exception {
      Endpoint nobody = nobody();
      run(pool("p", Optional.of(http()), nobody));
      assertThat(reasonOnceUnhealthy(nobody)).isEqualTo("connection refused");
    }

    @Test
    void coversTheWholeAnswerByItsTimeout() throws Exception {
      Endpoint origin = origin();
      behaviour = request -> request.response().setChunked(true).write("to be continued");
      run(pool("p", Optional.of(http()), origin));
      assertThat(reasonOnceUnhealthy(origin)).isEqualTo("timed out after 90 ms");
    }

    @Test
    void isAnsweredInTimeOrNotAtAll() throws Exception {
      Endpoint origin = origin();
      behaviour = _ -> {};
      run(pool("p", Optional.of(http()), origin));
      assertThat(reasonOnceUnhealthy(origin)).isEqualTo("timed out after 90 ms");
    }

    @Test
    void doesNotReadAnEndlessAnswer() throws Exception {
      Endpoint origin = origin();
      String block = "x".repeat(40_000);
      behaviour =
          request -> {
            var response = request.response().setChunked(true);
            response.write(block);
            response.write(block);
          };
      run(pool("p", Optional.of(http()), origin));
      awaitHealth(origin, Health.HEALTHY);
    }

    @Test
    void tellsAnAnswerThatIsNoneFromOneThatIsCutShort() throws Exception {
      Endpoint garbage = rawOrigin("SSH-2.0-OpenSSH\r\n\r\n");
      run(pool("p", Optional.of(http()), garbage));
      assertThat(reasonOnceUnhealthy(garbage)).isEqualTo("not an HTTP/1.1 answer");
      Endpoint cut = rawOrigin("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
      run(pool("p", Optional.of(http()), cut));
      assertThat(reasonOnceUnhealthy(cut))
          .isEqualTo("connection closed before the answer was complete");
    }

    @Test
    void keepsTheLatestReasonAndTheFirstTime() throws Exception {
      Endpoint origin = origin();
      behaviour = request -> request.response().setStatusCode(500).end();
      run(pool("p", Optional.of(http()), origin));
      awaitHealth(origin, Health.UNHEALTHY);
      Observation first = prober.observations().getFirst();
      behaviour = request -> request.response().setStatusCode(503).end();
      await().until(() -> prober.observations().getFirst().reason().equals("status 503"));
      assertThat(prober.observations().getFirst().since()).isEqualTo(first.since());
      assertThat(changes).hasSize(1);
    }
  }

  @Nested
  class ATcpProbe {
    @Test
    void needsNoMoreThanAConnection() throws Exception {
      try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
        Endpoint endpoint = endpoint(silent.getLocalPort());
        run(pool("p", Optional.of(check(new Probe.Tcp())), endpoint));
        awaitHealth(endpoint, Health.HEALTHY);
      }
    }

    @Test
    void tellsThatNobodyListens() throws Exception {
      Endpoint nobody = nobody();
      run(pool("p", Optional.of(check(new Probe.Tcp())), nobody));
      assertThat(reasonOnceUnhealthy(nobody)).isEqualTo("connection refused");
    }

    @Test
    void timesOutWhereConnectionsAreNotTaken() throws Exception {
      // A backlog that is full: further connections are left hanging.
      try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          Socket one = new Socket(full.getInetAddress(), full.getLocalPort());
          Socket two = new Socket(full.getInetAddress(), full.getLocalPort())) {
        assertThat(one.isConnected() && two.isConnected()).isTrue();
        Endpoint endpoint = endpoint(full.getLocalPort());
        run(pool("p", Optional.of(check(new Probe.Tcp())), endpoint));
        assertThat(reasonOnceUnhealthy(endpoint)).isEqualTo("timed out after 90 ms");
      }
    }
  }

  @Nested
  class AnOriginThatComesAndGoes {
    @Test
    void isTakenOutAndIn() throws Exception {
      Endpoint origin = origin();
      run(pool("p", Optional.of(http()), origin));
      awaitHealth(origin, Health.HEALTHY);
      behaviour = request -> request.response().setStatusCode(500).end();
      awaitHealth(origin, Health.UNHEALTHY);
      behaviour = request -> request.response().end();
      awaitHealth(origin, Health.HEALTHY);
      assertThat(changes)
          .extracting(Observation::health, Observation::reason)
          .containsExactly(
              tuple(Health.HEALTHY, ""),
              tuple(Health.UNHEALTHY, "status 500"),
              tuple(Health.HEALTHY, ""));
    }
  }

  @Nested
  class WithoutACheck {
    @Test
    void endpointsAreUnknownAndLeftAlone() throws Exception {
      Endpoint origin = origin();
      run(pool("p", Optional.empty(), origin));
      assertThat(prober.observations())
          .extracting(Observation::endpoint, Observation::health)
          .containsExactly(tuple(origin.address(), Health.UNKNOWN));
      assertThat(seen).isEmpty();
    }
  }

  @Nested
  class WhenTheConfigChanges {
    @Test
    void whatIsUnchangedKeepsItsStandingAndSchedule() throws Exception {
      Endpoint origin = origin();
      HealthCheck rare =
          new HealthCheck(
              new Probe.Http("/", ""), Duration.ofHours(1), Duration.ofSeconds(1), 2, 2);
      run(pool("p", Optional.of(rare), origin));
      awaitHealth(origin, Health.HEALTHY);
      Observation before = prober.observations().getFirst();
      Endpoint heavier = new Endpoint(origin.address(), origin.host(), origin.port(), 9, 1, true);
      run(pool("p", Optional.of(rare), heavier), pool("q", Optional.empty(), nobody()));
      assertThat(prober.observations()).hasSize(2).contains(before);
      assertThat(health("p", origin)).isEqualTo(Health.HEALTHY);
      assertThat(seen).hasSize(1);
    }

    @Test
    void anotherCheckBeginsFromTheCurrentVerdict() throws Exception {
      Endpoint origin = origin();
      run(pool("p", Optional.of(http()), origin));
      awaitHealth(origin, Health.HEALTHY);
      run(pool("p", Optional.of(check(new Probe.Http("/other", ""))), origin));
      assertThat(health("p", origin)).isEqualTo(Health.HEALTHY);
      await().until(() -> seen.getLast().startsWith("GET /other "));
      int before = seen.size();
      await().until(() -> seen.size() >= before + 2);
      assertThat(seen.stream().skip(before)).allMatch(line -> line.startsWith("GET /other "));
      assertThat(changes).hasSize(1);
    }

    @Test
    void aCheckThatIsTakenAwayLeavesTheEndpointUnknown() throws Exception {
      Endpoint nobody = nobody();
      run(pool("p", Optional.of(http()), nobody));
      awaitHealth(nobody, Health.UNHEALTHY);
      run(pool("p", Optional.empty(), nobody));
      assertThat(health("p", nobody)).isEqualTo(Health.UNKNOWN);
      assertThat(prober.observations().getFirst().reason()).isEmpty();
    }

    @Test
    void whatIsRemovedIsForgotten() throws Exception {
      Endpoint nobody = nobody();
      Endpoint origin = origin();
      run(pool("p", Optional.of(http()), nobody));
      awaitHealth(nobody, Health.UNHEALTHY);
      run(pool("p", Optional.of(http()), origin));
      assertThat(prober.observations())
          .extracting(Observation::endpoint)
          .containsExactly(origin.address());
      states.retain(Set.of());
      run(pool("p", Optional.of(http()), nobody));
      assertThat(health("p", nobody)).isEqualTo(Health.UNKNOWN);
    }

    @Test
    void aStateForgottenElsewhereIsWrittenAgain() throws Exception {
      Endpoint nobody = nobody();
      run(pool("p", Optional.of(http()), nobody));
      awaitHealth(nobody, Health.UNHEALTHY);
      states.retain(Set.of());
      run(pool("p", Optional.of(http()), nobody));
      assertThat(health("p", nobody)).isEqualTo(Health.UNHEALTHY);
    }
  }

  @Test
  void aProbeThatTimesOutLeavesNoConnectionBehind() throws Exception {
    AtomicInteger open = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Endpoint origin = origin();
    behaviour =
        request -> {
          most.accumulateAndGet(open.incrementAndGet(), Math::max);
          request.connection().closeHandler(_ -> open.decrementAndGet());
        };
    HealthCheck patient =
        new HealthCheck(
            new Probe.Http("/", ""), Duration.ofMillis(400), Duration.ofMillis(20), 1, 1);
    run(pool("p", Optional.of(patient), origin));
    await().until(() -> seen.size() >= 3 && open.get() == 0);
    assertThat(most).hasValue(1);
  }

  @Test
  void theSameAddressInTwoPoolsIsJudgedTwice() throws Exception {
    Endpoint origin = origin();
    behaviour =
        request -> request.response().setStatusCode(request.uri().equals("/a") ? 200 : 404).end();
    run(
        pool("p", Optional.of(check(new Probe.Http("/a", ""))), origin),
        pool("q", Optional.of(check(new Probe.Http("/b", ""))), origin));
    await()
        .until(
            () -> health("p", origin) == Health.HEALTHY && health("q", origin) == Health.UNHEALTHY);
  }

  @Test
  void stopsWhenClosed() throws Exception {
    Endpoint origin = origin();
    run(pool("p", Optional.of(http()), origin));
    awaitHealth(origin, Health.HEALTHY);
    prober.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    seen.clear();
    await().during(300, TimeUnit.MILLISECONDS).until(seen::isEmpty);
  }
}
