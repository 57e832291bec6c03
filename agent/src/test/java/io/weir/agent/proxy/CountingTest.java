package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.metrics.EndpointMetrics;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.agent.proxy.Origin.Connection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is counted of real traffic, over all loops. */
final class CountingTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

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

  private static void exchange(Connection client, String request) throws IOException {
    client.body(Objects.requireNonNull(client.send(request).head()), false);
  }

  private LoopMetrics metrics() {
    return RunningPlane.await(plane.plane.metrics());
  }

  private LoopMetrics await(Predicate<LoopMetrics> when) {
    return Awaitility.await().atMost(10, TimeUnit.SECONDS).until(this::metrics, when);
  }

  @Test
  void requestsBytesAndConnectionsAreCounted() throws IOException {
    try (Origin origin = new Origin(Origin.named("a"))) {
      plane.serve(RunningPlane.pool(origin.address()));
      for (int i = 0; i < 6; i++) { // on both loops, sooner or later
        try (Connection client = plane.connect()) {
          exchange(client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
          exchange(client, GET);
        }
      }
      LoopMetrics all = await(m -> m.listener("web").open() == 0);
      EndpointMetrics endpoint = all.endpoint("p", origin.address());
      assertThat(endpoint.answers(2)).isEqualTo(12);
      assertThat(endpoint.latency().count()).isEqualTo(12);
      assertThat(endpoint.latency().quantile(1)).isBetween(1L, TimeUnit.SECONDS.toNanos(10));
      assertThat(endpoint.bytesUp()).isEqualTo(18);
      assertThat(endpoint.bytesDown()).isPositive();
      assertThat(endpoint.inFlight()).isZero();
      assertThat(endpoint.active()).isZero();
      assertThat((long) endpoint.idle()).isPositive().isEqualTo(endpoint.connects());
      assertThat(all.listener("web").accepted()).isEqualTo(6);
      assertThat(all.listener("web").answers(2)).isEqualTo(12);
    }
  }

  @Test
  void anEndpointThatRefusesIsCountedApartFromTheOneThatAnswers() throws IOException {
    String dead = "127.0.0.1:" + RunningPlane.freePort();
    try (Origin origin = new Origin(Origin.named("a"))) {
      plane.serve(RunningPlane.pool(dead, origin.address()));
      for (int i = 0; i < 4; i++) {
        try (Connection client = plane.connect()) {
          exchange(client, GET);
        }
      }
      LoopMetrics all = metrics();
      EndpointMetrics refusing = all.endpoint("p", dead);
      assertThat(refusing.connectFailures()).isPositive();
      assertThat(refusing.retries()).isEqualTo(refusing.connectFailures());
      assertThat(refusing.failures()).isEqualTo(refusing.connectFailures());
      assertThat(refusing.inFlight()).isZero();
      assertThat(refusing.active()).isZero();
      assertThat(all.endpoint("p", origin.address()).answers(2)).isEqualTo(4);
      assertThat(all.listener("web").answers(2)).isEqualTo(4);
    }
  }

  @Test
  void whatTheAgentAnswersItselfIsTheListenersOnly() throws IOException {
    String dead = "127.0.0.1:" + RunningPlane.freePort();
    plane.serve(RunningPlane.pool(dead));
    for (String bad : List.of("GET\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\r\n")) {
      try (Connection client = plane.connect()) {
        client.send(bad);
        client.head();
      }
    }
    LoopMetrics all = metrics();
    assertThat(all.listener("web").answers(4)).isEqualTo(1);
    assertThat(all.listener("web").answers(5)).isEqualTo(1);
    assertThat(all.endpoint("p", dead).latency().count()).isZero();
    assertThat(all.endpoint("p", dead).failures()).isEqualTo(3); // with its two retries
  }

  @Test
  void aBrokenAnswerAndAClientThatLeavesAreNoAnswers() throws IOException {
    try (Origin origin =
        new Origin(connection -> {
          connection.head();
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        })) {
      plane.serve(RunningPlane.pool(origin.address()));
      try (Connection client = plane.connect()) {
        client.send(GET).rest();
      }
      LoopMetrics all = await(m -> m.listener("web").aborts() == 1);
      EndpointMetrics endpoint = all.endpoint("p", origin.address());
      assertThat(endpoint.failures()).isEqualTo(1);
      assertThat(endpoint.answers(2)).isZero();
      assertThat(endpoint.active() + endpoint.idle() + endpoint.inFlight()).isZero();
    }
  }

  @Test
  void aSwitchOfProtocolsCountsUntilItIsAgreedOn() throws IOException {
    try (Origin origin =
        new Origin(connection -> {
          connection.head();
          connection.send(
              "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
          connection.rest();
        })) {
      plane.serve(RunningPlane.pool(origin.address()));
      long began = System.nanoTime();
      long agreed;
      try (Connection client = plane.connect()) {
        client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
        client.head();
        agreed = System.nanoTime() - began;
        Awaitility.await().until(() -> System.nanoTime() - began > 3 * agreed + 50_000_000);
      }
      EndpointMetrics endpoint =
          await(m -> m.endpoint("p", origin.address()).latency().count() == 1)
              .endpoint("p", origin.address());
      assertThat(endpoint.answers(1)).isEqualTo(1);
      assertThat(endpoint.latency().sum()).isLessThan(agreed);
    }
  }

  @Test
  void anEndpointThatLeftThePoolIsForgotten() throws IOException {
    try (Origin a = new Origin(Origin.named("a"));
        Origin b = new Origin(Origin.named("b"))) {
      plane.serve(RunningPlane.pool(a.address()));
      try (Connection client = plane.connect()) {
        exchange(client, GET);
        plane.serve(RunningPlane.pool(b.address()));
        exchange(client, GET);
        assertThat(metrics().endpoints().keySet())
            .containsExactly(new LoopMetrics.EndpointKey("p", b.address()));
      }
    }
  }
}
