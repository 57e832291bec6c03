package io.weir.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.e2e.load.Load;
import io.weir.v1.AgentStatus;
import io.weir.v1.AgentStatus.Reachability;
import io.weir.v1.AgentStatus.State;
import io.weir.v1.EndpointStatus;
import io.weir.v1.PoolStatus;
import io.weir.v1.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A controller, three agents and six origins, each a process of its own. Pool {@code first} has
 * {@code one} and {@code two}, and {@code backup} behind them; pool {@code plain} has {@code x},
 * {@code y} and {@code z}. Agent c lives in a namespace of its own where there can be one.
 */
final class FailoverFleet implements AutoCloseable {
  static final List<String> AGENTS = List.of("a", "b", "c");
  static final Duration SOON = Duration.ofSeconds(30);
  static final Duration INTERVAL = Duration.ofMillis(500);
  static final Duration TIMEOUT = Duration.ofMillis(400);

  private static final int REQUESTS_PER_SECOND = 300;
  private static final List<String> FIRST = List.of("one", "two", "backup");
  private static final List<String> PLAIN = List.of("x", "y", "z");

  private final Fleet fleet = Fleet.create(Programs.locate());
  private final Optional<Namespace> namespace =
      Namespace.missing().isEmpty() ? Optional.of(Namespace.create()) : Optional.empty();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, Child> origins = new LinkedHashMap<>();
  private final Map<String, String> addresses = new LinkedHashMap<>();
  private final Map<String, Integer> web = ports();
  private final Map<String, Integer> metrics = ports();
  private Fleet.@Nullable Server controller;
  private @Nullable Admin admin;

  private static Map<String, Integer> ports() {
    Map<String, Integer> ports = new LinkedHashMap<>();
    AGENTS.forEach(agent -> ports.put(agent, Ports.free()));
    return ports;
  }

  void start() {
    String near = namespace.map(Namespace::controllerHost).orElse("127.0.0.1");
    String far = namespace.map(Namespace::originHost).orElse("127.0.0.1");
    String ring = namespace.map(Namespace::agentHost).orElse("127.0.0.1");
    for (String name : List.of("one", "two", "x", "y", "z")) {
      origins.put(name, fleet.startOrigin(name, far));
    }
    origins.put("backup", fleet.startOrigin("backup", near));
    Fleet.Server server = fleet.controller(near + ":0");
    controller = server;
    admin = new Admin(server.address());
    origins.forEach((name, origin) -> addresses.put(name, Fleet.awaitOrigin(origin)));
    apply(server.address());
    for (String agent : AGENTS) {
      boolean apart = agent.equals("c") && namespace.isPresent();
      String[] options = {
        "--metrics", host(agent) + ":" + metrics.get(agent),
        "--gossip", (apart ? host(agent) : ring) + ":0"
      };
      // One after the other: processes that start all at once time each other's probes out.
      Fleet.awaitReady(
          apart
              ? fleet.agent(namespace.orElseThrow(), agent, server.address(), options)
              : fleet.agent(agent, server.address(), options));
    }
  }

  private String host(String agent) {
    return agent.equals("c") ? namespace.map(Namespace::host).orElse("127.0.0.1") : "127.0.0.1";
  }

  private void apply(String to) {
    String check =
        "health: {http: {path: /healthz}, interval: %dms, timeout: %dms, rise: 2, fall: 3}"
            .formatted(INTERVAL.toMillis(), TIMEOUT.toMillis());
    StringBuilder yaml =
        new StringBuilder(
            """
            kind: Pool
            name: first
            endpoints: [{address: "%s"}, {address: "%s"}, {address: "%s", priority: 1}]
            priorities: {failback: {after: 1s}}
            %s
            ---
            kind: Pool
            name: plain
            endpoints: [{address: "%s"}, {address: "%s"}, {address: "%s"}]
            %s
            """
                .formatted(
                    address("one"),
                    address("two"),
                    address("backup"),
                    check,
                    address("x"),
                    address("y"),
                    address("z"),
                    check));
    for (String agent : AGENTS) {
      yaml.append(
          """
          ---
          kind: Listener
          name: web-%s
          bind: "%s:%d"
          agents: {host: %s}
          routes: [{path_prefix: /plain, pool: plain}, {pool: first}]
          """
              .formatted(agent, host(agent), web.get(agent), agent));
    }
    try {
      Path file = Files.writeString(fleet.dir().resolve("failover.yaml"), yaml);
      fleet.ctl(to, "apply", "-f", file.toString()).orThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything runs, everyone sees the same, and traffic is where it belongs. */
  void awaitWell() {
    admin()
        .awaitAgents(
            AGENTS,
            "to be SYNCED, trusted and alive to each other",
            status ->
                status.getState() == State.STATE_SYNCED
                    && status.getReachability() == Reachability.REACHABILITY_CONNECTED
                    && status.getDistrusted().isEmpty()
                    && status.getAliveTo() == AGENTS.size() - 1);
    for (String pool : List.of("first", "plain")) {
      Await.until(
          "pool " + pool + " to be well",
          SOON,
          () -> {
            PoolStatus status = pool(pool);
            return status.getFloor() == 0
                && status.getEndpointsList().stream()
                    .allMatch(endpoint ->
                        endpoint.getVerdict() == Verdict.VERDICT_HEALTHY
                            && endpoint.getUnhealthy() == 0);
          });
      AGENTS.forEach(agent -> awaitHeld(agent, pool, "", "healthy"));
    }
  }

  PoolStatus pool(String pool) {
    return admin().get("Pool", pool).getPool().getStatus();
  }

  EndpointStatus status(String origin) {
    return pool(poolOf(origin)).getEndpointsList().stream()
        .filter(endpoint -> endpoint.getAddress().equals(address(origin)))
        .findFirst()
        .orElseThrow();
  }

  AgentStatus agent(String agent) {
    return Objects.requireNonNull(admin().agents().get(agent));
  }

  static String poolOf(String origin) {
    return FIRST.contains(origin) ? "first" : "plain";
  }

  Admin admin() {
    return Objects.requireNonNull(admin);
  }

  Optional<Namespace> namespace() {
    return namespace;
  }

  String address(String origin) {
    return Objects.requireNonNull(addresses.get(origin));
  }

  String controllerAddress() {
    return Objects.requireNonNull(controller).address();
  }

  /** Runs {@code weir ctl} to its end. */
  String ctl(String... args) {
    return fleet.ctl(controllerAddress(), args).orThrow();
  }

  void killController() {
    kill(Objects.requireNonNull(controller).child());
  }

  /** Where it was, with what it had. */
  void startController() {
    controller = fleet.controller(controllerAddress());
  }

  void kill(String origin) {
    kill(Objects.requireNonNull(origins.get(origin)));
  }

  private static void kill(Child child) {
    child.kill();
    assertThat(child.awaitExit(SOON)).isNotZero();
  }

  void again(String origin) {
    Child child = fleet.start(origin, Program.ORIGIN, List.of(origin, address(origin)));
    Fleet.awaitOrigin(child);
    origins.put(origin, child);
  }

  void signal(String origin, String signal) {
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

  /** On pool {@code first} by way of these agents. */
  Load load(String... agents) {
    List<InetSocketAddress> targets = new ArrayList<>();
    for (String agent : agents) {
      targets.add(new InetSocketAddress(host(agent), Objects.requireNonNull(web.get(agent))));
    }
    return new Load(targets, REQUESTS_PER_SECOND);
  }

  /**
   * Waits until {@code agent} goes by {@code health} for this origin; empty: for all of the pool.
   */
  void awaitHeld(String agent, String pool, String origin, String health) {
    List<String> wanted = origin.isEmpty() ? pool.equals("first") ? FIRST : PLAIN : List.of(origin);
    String[] said = {""};
    try {
      Await.until(
          "agent",
          SOON,
          () -> {
            said[0] = explain(agent, pool);
            return wanted.stream().allMatch(name -> holds(said[0], address(name), health));
          });
    } catch (Await.TimedOut e) {
      throw new AssertionError(
          "agent %s does not hold %s to be %s:%n%s".formatted(agent, wanted, health, said[0]), e);
    }
  }

  private static boolean holds(String text, String address, String health) {
    return text.lines()
        .anyMatch(line -> line.startsWith(address + " ") && line.contains(" " + health + " "));
  }

  /** How the agent chooses for a request that is sent for this purpose. */
  String explain(String agent, String pool) {
    CompletableFuture<HttpResponse<String>> answer =
        http.sendAsync(to(agent, metrics, "/explain?pool=" + pool), BodyHandlers.ofString());
    HttpRequest request = to(agent, web, pool.equals("plain") ? "/plain" : "/");
    Await.until(
        "agent " + agent + " to explain",
        SOON,
        () -> {
          if (!answer.isDone()) {
            var _ = http.sendAsync(request, BodyHandlers.discarding());
          }
          return answer.isDone();
        });
    return answer.join().body();
  }

  private HttpRequest to(String agent, Map<String, Integer> ports, String path) {
    URI uri = URI.create("http://%s:%d%s".formatted(host(agent), ports.get(agent), path));
    return HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build();
  }

  /** What the processes said on standard error that they should not have had to say. */
  List<String> complaints() {
    return fleet.children().stream()
        .flatMap(child ->
            child
                .err()
                .lines()
                .filter(line -> line.contains(" ERROR ") || line.contains("Exception"))
                .map(line -> child.name() + ": " + line))
        .toList();
  }

  Fleet fleet() {
    return fleet;
  }

  @Override
  public void close() {
    if (admin != null) {
      admin.close();
    }
    http.close();
    fleet.close();
    namespace.ifPresent(Namespace::close);
  }
}
