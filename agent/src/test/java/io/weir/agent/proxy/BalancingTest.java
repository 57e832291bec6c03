package io.weir.agent.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.weir.agent.balance.Explanation;
import io.weir.agent.balance.Token;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Pool.Balance;
import io.weir.agent.model.Pool.HashKey;
import io.weir.agent.model.Pool.HashTable;
import io.weir.agent.model.Steering;
import io.weir.agent.proxy.Origin.Connection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every policy through real sockets. */
final class BalancingTest {
  private final List<Origin> origins = new ArrayList<>();
  private RunningPlane plane;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    plane = new RunningPlane(folder);
    for (String name : List.of("a", "b", "c")) {
      origins.add(new Origin(Origin.named(name)));
    }
  }

  @AfterEach
  void stop() throws IOException {
    plane.close();
    for (Origin origin : origins) {
      origin.close();
    }
  }

  static List<Balance> policies() {
    return List.of(
        new Balance.RoundRobin(),
        new Balance.LeastConnections(),
        new Balance.Random(),
        new Balance.PowerOfTwo(),
        new Balance.LeastLatency(),
        new Balance.Hash(new HashKey.Url(), new HashTable.Maglev(65_537), 0),
        new Balance.Hash(new HashKey.Url(), new HashTable.Ring(), 150));
  }

  private Pool pool(Balance balance, Steering steering) {
    Pool plain = RunningPlane.pool(origins.stream().map(Origin::address).toArray(String[]::new));
    return new Pool(
        plain.name(),
        plain.endpoints(),
        balance,
        steering,
        plain.health(),
        plain.timeouts(),
        plain.retries());
  }

  private Pool pool(Balance balance) {
    return pool(balance, Steering.USUAL);
  }

  private record Answer(Origin.Head head, String body) {}

  private static Answer get(Connection client, String path, String... fields) throws IOException {
    StringBuilder request = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: h\r\n");
    for (String field : fields) {
      request.append(field).append("\r\n");
    }
    client.send(request + "\r\n");
    Origin.Head head = Objects.requireNonNull(client.head());
    return new Answer(head, client.body(head, false));
  }

  @ParameterizedTest
  @MethodSource("policies")
  void everyOneReachesEveryEndpoint(Balance balance) throws IOException {
    plane.serve(pool(balance));
    Map<String, Integer> counts = new HashMap<>();
    try (Connection client = plane.connect()) {
      for (int i = 0; i < 300; i++) {
        counts.merge(get(client, "/" + i).body(), 1, Integer::sum);
      }
    }
    assertThat(counts).containsOnlyKeys("a", "b", "c");
    for (Origin origin : origins) {
      assertThat(plane.state(origin.address()).inFlight()).isZero();
    }
  }

  static List<HashKey> keys() {
    return List.of(
        new HashKey.ClientIp(),
        new HashKey.Path(),
        new HashKey.Url(),
        new HashKey.Header("x-user"),
        new HashKey.Cookie("user"));
  }

  @ParameterizedTest
  @MethodSource("keys")
  void aKeyStaysWithItsEndpoint(HashKey key) throws IOException {
    plane.serve(pool(new Balance.Hash(key, new HashTable.Maglev(65_537), 0)));
    Map<String, String> homes = new HashMap<>();
    for (int i = 0; i < 200; i++) {
      String user = "u" + i % 20;
      String path = "/" + user + (key instanceof HashKey.Path ? "?" + i : "?x");
      String header = "x-" + (key instanceof HashKey.Header ? "USER" : "other") + ": " + user;
      try (Connection client = plane.connect()) {
        String home = get(client, path, header, "Cookie: a=b; user=" + user + "; c=" + i).body();
        assertThat(homes.computeIfAbsent(user, _ -> home)).isEqualTo(home);
      }
    }
    int used = new HashSet<>(homes.values()).size();
    assertThat(used).isEqualTo(key instanceof HashKey.ClientIp ? 1 : 3);
  }

  @Test
  void aClientWithItsCookieComesBack() throws IOException {
    Steering sticky =
        new Steering(
            Optional.of(new Steering.Sticky("srv", Optional.of(Duration.ofHours(1)))),
            140,
            50,
            false,
            Optional.empty(),
            0);
    plane.serve(pool(new Balance.RoundRobin(), sticky));
    try (Connection client = plane.connect()) {
      Answer first = get(client, "/");
      String line = first.head().one("set-cookie");
      assertThat(line).endsWith("; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600");
      String cookie = line.substring(0, line.indexOf(';'));
      byte[] token = cookie.substring(4).getBytes(StandardCharsets.US_ASCII);
      assertThat(Token.parse(token, 0, token.length)).isNotZero();
      for (int i = 0; i < 10; i++) {
        Answer next = get(client, "/", "Cookie: x=y; " + cookie);
        assertThat(next.body()).isEqualTo(first.body());
        assertThat(next.head().all("set-cookie")).isEmpty();
      }
      Map<String, Integer> others = new HashMap<>();
      for (int i = 0; i < 3; i++) {
        others.merge(get(client, "/", "Cookie: srv=0123").body(), 1, Integer::sum);
      }
      assertThat(others).hasSize(3);
    }
  }

  @Test
  void aChangeOfPolicyUnderLoadLosesNothing() throws Exception {
    plane.serve(pool(new Balance.RoundRobin()));
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<java.util.concurrent.Future<Integer>> running = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        running.add(
            clients.submit(() -> {
              int sent = 0;
              try (Connection client = plane.connect()) {
                for (; !over.get(); sent++) {
                  assertThat(get(client, "/" + sent).head().line()).startsWith("HTTP/1.1 200");
                  answered.incrementAndGet();
                }
              }
              return sent;
            }));
      }
      for (int round = 0; round < 4; round++) {
        for (Balance balance : policies()) {
          int before = answered.get();
          assertThat(plane.apply(plane.snapshot(List.of(plane.listener(0)), pool(balance))))
              .isEmpty();
          Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> answered.get() > before + 20);
        }
      }
      over.set(true);
      for (var client : running) {
        assertThat(client.get(10, TimeUnit.SECONDS)).isPositive();
      }
    }
    long requests = 0;
    for (Origin origin : origins) {
      assertThat(plane.state(origin.address()).inFlight()).isZero();
      assertThat(plane.state(origin.address()).failures()).isZero();
      requests += plane.state(origin.address()).requests();
    }
    assertThat(requests).isEqualTo(answered.get());
  }

  @Test
  void theNextPickIsExplained() throws IOException {
    plane.serve(pool(new Balance.LeastLatency()));
    try (Connection client = plane.connect()) {
      get(client, "/");
      Future<Explanation> asked = plane.plane.explainNext("p");
      String body = get(client, "/").body();
      while (!asked.isComplete()) { // the loop may have read before it was told
        body = get(client, "/").body();
      }
      Explanation explanation = RunningPlane.await(asked);
      int picked = "abc".indexOf(body);
      assertThat(explanation.picked()).contains(origins.get(picked).address());
      assertThat(explanation.replay()).isEqualTo(explanation.picked());
      assertThat(explanation.considered()).hasSize(3).allMatch(one -> one.excluded().isEmpty());
    }
    assertThat(plane.plane.explainNext("nobody").failed()).isTrue();
  }
}
