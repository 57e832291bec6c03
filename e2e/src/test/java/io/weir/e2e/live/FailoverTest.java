package io.weir.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.e2e.load.Load;
import io.weir.e2e.load.Window;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Three agents and six origins, all processes of their own; origins die, hang and cannot be reached,
 * with requests under way. Agent c and its network are a namespace's where there can be one. Each
 * test begins with everything running and well.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class FailoverTest {
  private static final List<String> AGENTS = List.of("a", "b", "c");
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int REQUESTS_PER_SECOND = 300;
  private static final Duration INTERVAL = Duration.ofMillis(500);
  private static final Duration TIMEOUT = Duration.ofMillis(200);

  /** For processes that wait for a core. */
  private static final Duration SLACK = Duration.ofMillis(800);

  private final Fleet fleet = Fleet.create(Programs.locate());
  private final Optional<Namespace> namespace =
      Namespace.missing().isEmpty() ? Optional.of(Namespace.create()) : Optional.empty();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, Child> origins = new LinkedHashMap<>();
  private final Map<String, String> addresses = new LinkedHashMap<>();
  private final Map<String, Integer> web = ports();
  private final Map<String, Integer> metrics = ports();
  private Fleet.@Nullable Server controller;

  private static Map<String, Integer> ports() {
    Map<String, Integer> ports = new LinkedHashMap<>();
    AGENTS.forEach(agent -> ports.put(agent, Ports.free()));
    return ports;
  }

  @BeforeAll
  void start() {
    String near = namespace.map(Namespace::controllerHost).orElse("127.0.0.1");
    String far = namespace.map(Namespace::originHost).orElse("127.0.0.1");
    for (String name : List.of("one", "two", "x", "y", "z")) {
      origins.put(name, fleet.startOrigin(name, far));
    }
    origins.put("backup", fleet.startOrigin("backup", near));
    controller = fleet.controller(near + ":0");
    origins.forEach((name, origin) -> addresses.put(name, Fleet.awaitOrigin(origin)));
    apply();
    List<Child> agents = new ArrayList<>();
    for (String agent : AGENTS) {
      String[] options = {
        "--metrics", host(agent) + ":" + metrics.get(agent), "--gossip", host(agent) + ":0"
      };
      agents.add(
          agent.equals("c") && namespace.isPresent()
              ? fleet.agent(namespace.get(), agent, address(), options)
              : fleet.agent(agent, address(), options));
    }
    agents.forEach(Fleet::awaitReady);
  }

  private String address() {
    return Objects.requireNonNull(controller).address();
  }

  private String host(String agent) {
    return agent.equals("c") ? namespace.map(Namespace::host).orElse("127.0.0.1") : "127.0.0.1";
  }

  private void apply() {
    String check =
        "health: {http: {path: /healthz}, interval: %dms, timeout: %dms, rise: 2, fall: 3}"
            .formatted(INTERVAL.toMillis(), TIMEOUT.toMillis());
    StringBuilder yaml =
        new StringBuilder(
            """
            kind: Pool
            name: first
            endpoints: [{address: "%s"}, {address: "%s"}, {address: "%s", priority: 1}]
            priorities: {failback: 0s}
            %s
            ---
            kind: Pool
            name: plain
            endpoints: [{address: "%s"}, {address: "%s"}, {address: "%s"}]
            %s
            """
                .formatted(
                    addresses.get("one"),
                    addresses.get("two"),
                    addresses.get("backup"),
                    check,
                    addresses.get("x"),
                    addresses.get("y"),
                    addresses.get("z"),
                    check));
    for (String agent : AGENTS) {
      yaml.append(
          """
          ---
          kind: Listener
          name: web-%s
          bind: "%s:%d"
          agents: {host: %s}
          routes: [{pool: first}, {path_prefix: /plain, pool: plain}]
          """
              .formatted(agent, host(agent), web.get(agent), agent));
    }
    try {
      Path file = Files.writeString(fleet.dir().resolve("failover.yaml"), yaml);
      fleet.ctl(address(), "apply", "-f", file.toString()).orThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterAll
  void stop() {
    fleet.close();
    namespace.ifPresent(Namespace::close);
  }

  @BeforeEach
  void everythingIsWell() {
    for (String agent : AGENTS) {
      for (String pool : List.of("first", "plain")) {
        Await.until(
            "agent " + agent + " to hold all of pool " + pool + " to be healthy",
            SOON,
            () -> !explain(agent, pool).contains("unhealthy"));
      }
    }
  }

  @Test
  void an_origin_that_is_killed_costs_no_idempotent_request() {
    try (Load load = load("a", "b")) {
      Window window = load.next();
      Await.until("some requests", SOON, () -> window.requests() > 100);
      kill("one");
      long before = window.requests();
      Await.until("more requests", SOON, () -> window.requests() > before + 900);
      assertThat(window.reasons()).isEmpty();
      assertThat(window.served("two")).isPositive();
    } finally {
      again("one");
    }
  }

  @Test
  void an_origin_that_accepts_but_never_answers_is_taken_out_by_one_round_of_verification() {
    // The first probe to notice comes within the interval, the second round follows its time-out.
    Duration bound = INTERVAL.plus(TIMEOUT.multipliedBy(2)).plus(SLACK);
    signal("x", "STOP");
    long began = System.nanoTime();
    try {
      for (String agent : AGENTS) {
        awaitExcluded(agent, "plain", "x");
      }
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      System.out.printf("a hung origin was out of three agents after %d ms%n", took.toMillis());
      assertThat(took).isLessThan(bound);
    } finally {
      signal("x", "CONT");
    }
  }

  @Test
  void when_both_primaries_are_gone_the_backup_serves_within_a_second() {
    try (Load load = load("a", "b", "c")) {
      Window window = load.next();
      Await.until("some requests", SOON, () -> window.requests() > 100);
      kill("one");
      kill("two");
      long killed = System.nanoTime();
      long before = window.requests();
      Await.until("requests to the backup", SOON, () -> window.requests() > before + 900);
      assertThat(window.served("backup")).isPositive();
      assertThat(window.lastFailureMillis(killed)).isLessThan(1_000);
    } finally {
      again("one");
      again("two");
    }
  }

  private void kill(String origin) {
    Child child = Objects.requireNonNull(origins.get(origin));
    child.kill();
    assertThat(child.awaitExit(SOON)).isNotZero();
  }

  private void again(String origin) {
    Child child =
        fleet.start(
            origin,
            Program.ORIGIN,
            List.of(origin, Objects.requireNonNull(addresses.get(origin))));
    Fleet.awaitOrigin(child);
    origins.put(origin, child);
  }

  private void signal(String origin, String signal) {
    long pid = Objects.requireNonNull(origins.get(origin)).handle().pid();
    try {
      assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor())
          .isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Load load(String... agents) {
    List<InetSocketAddress> targets = new ArrayList<>();
    for (String agent : agents) {
      targets.add(new InetSocketAddress(host(agent), Objects.requireNonNull(web.get(agent))));
    }
    return new Load(targets, REQUESTS_PER_SECOND);
  }

  private void awaitExcluded(String agent, String pool, String origin) {
    String address = Objects.requireNonNull(addresses.get(origin));
    Await.until(
        "agent " + agent + " to take " + origin + " out",
        SOON,
        () ->
            explain(agent, pool)
                .lines()
                .anyMatch(line -> line.contains(address) && line.contains("unhealthy")));
  }

  /** How the agent would choose. */
  private String explain(String agent, String pool) {
    try {
      return http.send(
              HttpRequest.newBuilder(
                      URI.create(
                          "http://%s:%d/explain?pool=%s"
                              .formatted(host(agent), metrics.get(agent), pool)))
                  .build(),
              BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
