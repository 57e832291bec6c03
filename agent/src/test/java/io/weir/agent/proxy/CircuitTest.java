package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.balance.PoolLoad.Limit;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.model.Circuit;
import io.weir.agent.model.Outliers;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Steering;
import io.weir.agent.proxy.Origin.Connection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits of a pool, over real sockets. */
final class CircuitTest {
  private static final Circuit.Retries RETRIES = Circuit.USUAL.retries();
  private static final Outliers NONE =
      new Outliers(
          0,
          Optional.empty(),
          Optional.empty(),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(300),
          0);

  private final CountDownLatch answer = new CountDownLatch(1);
  private final List<Connection> clients = new ArrayList<>();
  private RunningPlane plane;
  private Origin slow;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    plane = new RunningPlane(folder, new ProxyOptions(1, Duration.ofSeconds(5)));
    slow =
        new Origin(
            Origin.each((_, to) -> {
              try {
                answer.await();
              } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
              }
              to.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }));
  }

  @AfterEach
  void stop() throws IOException {
    answer.countDown();
    for (Connection client : clients) {
      client.close();
    }
    plane.close();
    slow.close();
  }

  private static Pool pool(Circuit circuit, String... addresses) {
    Pool plain = RunningPlane.pool(addresses);
    return new Pool(
        plain.name(),
        plain.endpoints(),
        plain.balance(),
        Steering.USUAL,
        plain.health(),
        plain.timeouts(),
        plain.retries(),
        NONE,
        circuit);
  }

  private Connection ask() throws IOException {
    Connection client = plane.connect();
    clients.add(client);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    return client;
  }

  private static Origin.Head answerOf(Connection client) throws IOException {
    Origin.Head head = Objects.requireNonNull(client.head());
    client.body(head, false);
    return head;
  }

  private void waitForRequests(int count) {
    Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> slow.heads.size() == count);
  }

  private void overflows(Pool pool) throws IOException {
    Origin.Head refused = answerOf(ask());
    assertThat(refused.line()).startsWith("HTTP/1.1 503 ");
    assertThat(refused.all("X-Weir-Reason")).containsExactly("overflow");
    answer.countDown();
    for (Connection client : List.copyOf(clients.subList(0, clients.size() - 1))) {
      assertThat(answerOf(client).line()).startsWith("HTTP/1.1 200 ");
    }
    Connection again = ask();
    assertThat(answerOf(again).line()).startsWith("HTTP/1.1 200 ");
    assertThat(PoolMembers.of(pool, plane.states).load().requests()).isZero();
  }

  private long overflows(Pool pool, Limit limit) {
    return PoolMembers.of(pool, plane.states).load().overflows(limit);
  }

  @Test
  void moreRequestsThanItMayHaveAreAnsweredAtOnce() throws IOException {
    Pool pool = pool(new Circuit(0, 0, 0, 3, RETRIES), slow.address());
    plane.serve(pool);
    for (int i = 0; i < 3; i++) {
      ask();
    }
    waitForRequests(3);
    overflows(pool);
    assertThat(overflows(pool, Limit.REQUESTS)).isEqualTo(1);
    assertThat(plane.logLines(5)).filteredOn(line -> line.contains(" 503 ")).hasSize(1);
  }

  @Test
  void moreConnectionsThanItMayHaveAreNotOpened() throws IOException {
    Pool pool = pool(new Circuit(2, 0, 0, 0, RETRIES), slow.address());
    plane.serve(pool);
    ask();
    ask();
    waitForRequests(2);
    overflows(pool);
    assertThat(slow.connections.get()).isEqualTo(2);
    assertThat(overflows(pool, Limit.CONNECTIONS)).isEqualTo(1);
  }

  @Test
  void anIdleConnectionMakesRoomForOneElsewhere() throws IOException {
    try (Origin a = new Origin(Origin.named("a"));
        Origin b = new Origin(Origin.named("b"))) {
      plane.serve(pool(new Circuit(1, 0, 0, 0, RETRIES), a.address(), b.address()));
      for (int i = 0; i < 6; i++) {
        assertThat(answerOf(ask()).line()).startsWith("HTTP/1.1 200 ");
      }
      assertThat(a.connections.get() + b.connections.get()).isEqualTo(6);
    }
  }

  @Test
  void requestsGoWhereThereIsRoomForAConnection() throws IOException {
    try (Origin other = new Origin(Origin.named("other"))) {
      Pool pool = pool(new Circuit(0, 1, 0, 0, RETRIES), slow.address(), other.address());
      plane.serve(pool);
      List<Connection> answered = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        answered.add(ask());
      }
      waitForRequests(1);
      for (int i = 0; i < 5; i++) {
        assertThat(answerOf(ask()).line()).startsWith("HTTP/1.1 200 ");
      }
      assertThat(slow.connections.get()).isEqualTo(1);
      answer.countDown();
      for (Connection client : answered) {
        assertThat(answerOf(client).line()).startsWith("HTTP/1.1 200 ");
      }
      assertThat(overflows(pool, Limit.CONNECTIONS)).isZero();
    }
  }

  @Test
  void retriesBeyondTheBudgetAreNotMade() throws IOException {
    String dead = "127.0.0.1:" + RunningPlane.freePort();
    String other = "127.0.0.1:" + RunningPlane.freePort();
    Pool pool = pool(new Circuit(0, 0, 0, 0, new Circuit.Retries(20, 0)), dead, other);
    plane.serve(pool);
    try (Connection client = plane.connect()) {
      for (int i = 0; i < 50; i++) {
        client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(answerOf(client).line()).startsWith("HTTP/1.1 502 ");
      }
    }
    assertThat(plane.state(dead).retries() + plane.state(other).retries())
        .isBetween(5L, 10L); // of 50 requests, and they fade
    assertThat(overflows(pool, Limit.RETRIES)).isGreaterThanOrEqualTo(40);
  }
}
