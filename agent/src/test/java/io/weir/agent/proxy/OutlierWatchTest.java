package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.weir.agent.balance.Exclusion;
import io.weir.agent.balance.Explanation;
import io.weir.agent.health.Ejection;
import io.weir.agent.metrics.EndpointMetrics;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.agent.model.Circuit;
import io.weir.agent.model.Health;
import io.weir.agent.model.Outliers;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Steering;
import io.weir.agent.proxy.Origin.Connection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ejections by real traffic over real sockets. */
final class OutlierWatchTest {
  private final Queue<String> doubts = new ConcurrentLinkedQueue<>();
  private RunningPlane plane;
  private Origin good;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    plane =
        new RunningPlane(
            folder,
            new ProxyOptions(2, Duration.ofSeconds(5)),
            (pool, endpoint) -> doubts.add(pool + " " + endpoint));
    good = new Origin(Origin.named("good"));
  }

  @AfterEach
  void stop() throws IOException {
    plane.close();
    good.close();
  }

  private Pool pool(Outliers outliers, String... addresses) {
    Pool plain = RunningPlane.pool(addresses);
    return new Pool(
        plain.name(),
        plain.endpoints(),
        plain.balance(),
        Steering.USUAL,
        plain.health(),
        plain.timeouts(),
        plain.retries(),
        outliers,
        Circuit.USUAL);
  }

  private static Outliers during(Duration time) {
    return new Outliers(
        5, Optional.empty(), Optional.empty(), Duration.ofSeconds(10), time, time, 10);
  }

  private int get(Connection client) throws IOException {
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    Origin.Head head = Objects.requireNonNull(client.head());
    client.body(head, false);
    return Integer.parseInt(head.line().substring(9, 12));
  }

  private void get(Connection client, int times) throws IOException {
    for (int i = 0; i < times; i++) {
      get(client);
    }
  }

  private EndpointMetrics metrics(String address) {
    return Objects.requireNonNull(
        RunningPlane.await(plane.plane.metrics())
            .endpoints()
            .get(new LoopMetrics.EndpointKey("p", address)));
  }

  @Test
  void anEndpointThatRefusesFiveTimesIsLeftAloneAndEveryRequestIsAnswered() throws IOException {
    String dead = "127.0.0.1:" + RunningPlane.freePort();
    plane.serve(pool(Outliers.USUAL, good.address(), dead));
    try (Connection client = plane.connect()) {
      for (int i = 0; i < 50; i++) {
        assertThat(get(client)).isEqualTo(200);
      }
    }
    assertThat(plane.state(dead).failures()).isEqualTo(5);
    assertThat(plane.state(dead).ejection())
        .isEqualTo(
            new Ejection("p", dead, new Ejection.GatewayErrors(5), 1, Duration.ofSeconds(30)));
    assertThat(doubts).contains("p " + dead);
    EndpointMetrics counted = metrics(dead);
    assertThat(counted.isEjected()).isTrue();
    assertThat(counted.ejections()).isEqualTo(Map.of("gateway_errors", 1L));
    assertThat(metrics(good.address()).isEjected()).isFalse();
  }

  @Test
  void anExplanationSaysWhyItGotNothing() throws IOException {
    String dead = "127.0.0.1:" + RunningPlane.freePort();
    plane.serve(pool(Outliers.USUAL, good.address(), dead));
    try (Connection client = plane.connect()) {
      get(client, 20);
      Future<Explanation> asked = plane.plane.explainNext("p");
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .until(() -> {
            get(client);
            return asked.isComplete();
          });
      assertThat(asked.result().considered())
          .filteredOn(endpoint -> endpoint.endpoint().address().equals(dead))
          .singleElement()
          .satisfies(endpoint ->
              assertThat(endpoint.excluded())
                  .get()
                  .isInstanceOfSatisfying(
                      Exclusion.Ejected.class,
                      why -> assertThat(why.ejection().endpoint()).isEqualTo(dead)));
    }
  }

  @Test
  void gatewayErrorsThatTheEndpointSaysItselfCountAndOtherErrorsDoNot() throws IOException {
    AtomicInteger status = new AtomicInteger(500);
    try (Origin bad =
        new Origin(
            Origin.each(
                (_, to) -> to.send("HTTP/1.1 " + status + " X\r\nContent-Length: 0\r\n\r\n")))) {
      plane.serve(pool(Outliers.USUAL, good.address(), bad.address()));
      try (Connection client = plane.connect()) {
        get(client, 40);
        assertThat(plane.state(bad.address()).ejection()).isNull();
        status.set(503);
        get(client, 8);
        status.set(200);
        get(client, 2);
        status.set(503);
        get(client, 8);
        assertThat(plane.state(bad.address()).ejection()).isNull();
        get(client, 2);
        assertThat(plane.state(bad.address()).ejection()).isNotNull();
        assertThat(plane.state(bad.address()).traffic().errors()).isEqualTo(29);
        assertThat(plane.state(bad.address()).traffic().requests()).isEqualTo(30);
      }
    }
  }

  @Test
  void itComesBackWhenTheTimeIsOver() throws IOException {
    AtomicInteger status = new AtomicInteger(503);
    try (Origin bad =
        new Origin(
            Origin.each(
                (_, to) -> to.send("HTTP/1.1 " + status + " X\r\nContent-Length: 0\r\n\r\n")))) {
      plane.serve(pool(during(Duration.ofMillis(300)), good.address(), bad.address()));
      try (Connection client = plane.connect()) {
        get(client, 10);
        assertThat(plane.state(bad.address()).ejection()).isNotNull();
        status.set(200);
        int before = bad.heads.size();
        Awaitility.await()
            .atMost(10, TimeUnit.SECONDS)
            .until(() -> {
              get(client);
              return bad.heads.size() > before;
            });
        assertThat(plane.state(bad.address()).ejection()).isNull();
      }
    }
  }

  @Test
  void itComesBackAtOnceWhenProbesSawItGoDownAndComeBack() throws IOException {
    String dead = "127.0.0.1:" + RunningPlane.freePort();
    plane.serve(pool(Outliers.USUAL, good.address(), dead));
    try (Connection client = plane.connect()) {
      get(client, 20);
    }
    assertThat(plane.state(dead).ejection()).isNotNull();
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .pollInterval(Duration.ofMillis(250))
        .until(() -> {
          boolean was = plane.state(dead).health() == Health.UNHEALTHY;
          plane.state(dead).health(was ? Health.HEALTHY : Health.UNHEALTHY);
          return plane.state(dead).ejection() == null;
        });
  }

  @Test
  void theOnlyEndpointIsNeverEjectedButDoubted() throws IOException {
    String dead = "127.0.0.1:" + RunningPlane.freePort();
    plane.serve(pool(Outliers.USUAL, dead));
    try (Connection client = plane.connect()) {
      for (int i = 0; i < 10; i++) {
        assertThat(get(client)).isEqualTo(502);
      }
    }
    assertThat(plane.state(dead).ejection()).isNull();
    assertThat(List.copyOf(doubts)).as("once a second").containsExactly("p " + dead);
  }
}
