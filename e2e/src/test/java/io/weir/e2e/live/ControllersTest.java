package io.weir.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.weir.e2e.load.Load;
import io.weir.v1.AgentStatus;
import io.weir.v1.AgentStatus.State;
import io.weir.v1.ClusterResponse;
import io.weir.v1.ControllerStatus;
import io.weir.v1.Decision;
import io.weir.v1.EndpointStatus;
import io.weir.v1.Resource;
import io.weir.v1.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Three controllers on an etcd of three members, three agents, three origins: all processes. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class ControllersTest {
  private static final Duration TTL = Duration.ofSeconds(3);
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final List<String> CONTROLLERS = List.of("c0", "c1", "c2");
  private static final List<String> AGENTS = List.of("a", "b", "c");
  private static final int REQUESTS_PER_SECOND = 200;

  private final Fleet fleet = Fleet.create(Programs.locate());
  private final Map<String, Child> controllers = new LinkedHashMap<>();
  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private final Map<String, Integer> web = new LinkedHashMap<>();
  private final List<Child> origins = new ArrayList<>();
  private final List<String> endpoints = new ArrayList<>();
  private @Nullable EtcdCluster etcd;

  @AfterEach
  void stop() {
    fleet.close();
    if (etcd != null) {
      etcd.close();
    }
  }

  private void start() {
    Assumptions.assumeTrue(EtcdCluster.installed(), "no etcd on the PATH: install it");
    EtcdCluster store = EtcdCluster.start(EtcdCluster.Settings.members(3));
    etcd = store;
    for (String name : CONTROLLERS) {
      ports.put(name, Ports.free());
      startController(name);
    }
    for (String name : List.of("one", "two", "three")) {
      origins.add(fleet.startOrigin(name, "127.0.0.1"));
    }
    controllers.values().forEach(Fleet::awaitController);
    origins.forEach(origin -> endpoints.add(Fleet.awaitOrigin(origin)));
    AGENTS.forEach(agent -> web.put(agent, Ports.free()));
    declare();
    for (String agent : AGENTS) {
      Fleet.awaitReady(fleet.agent(agent, addresses()));
    }
  }

  private void startController(String name) {
    List<String> options = new ArrayList<>(Objects.requireNonNull(etcd).controllerOptions());
    options.addAll(List.of("--election-ttl", TTL.toSeconds() + "s"));
    controllers.put(name, fleet.startController(name, address(name), options));
  }

  private String address(String controller) {
    return "127.0.0.1:" + ports.get(controller);
  }

  /** Of all, as agents and operators are given them. */
  private String addresses() {
    return String.join(",", CONTROLLERS.stream().map(this::address).toList());
  }

  private void declare() {
    StringBuilder yaml =
        new StringBuilder(
            """
            kind: Pool
            name: backend
            endpoints: [{address: "%s"}, {address: "%s"}, {address: "%s"}]
            health: {http: {path: /healthz}, interval: 500ms, timeout: 400ms, rise: 2, fall: 3}
            """
                .formatted(endpoints.toArray()));
    for (String agent : AGENTS) {
      yaml.append(
          """
          ---
          kind: Listener
          name: web-%s
          bind: "127.0.0.1:%d"
          agents: {host: %s}
          routes: [{pool: backend}]
          """
              .formatted(agent, web.get(agent), agent));
    }
    try {
      Files.writeString(fleet.dir().resolve("fleet.yaml"), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    fleet.ctl(addresses(), "apply", "-f", fleet.dir().resolve("fleet.yaml").toString()).orThrow();
  }

  private Load load() {
    return new Load(
        web.values().stream()
            .map(port -> new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .toList(),
        REQUESTS_PER_SECOND);
  }

  private static Optional<ControllerStatus> leader(ClusterResponse cluster) {
    return cluster.getControllersList().stream().filter(ControllerStatus::getLeading).findFirst();
  }

  private String named(ControllerStatus controller) {
    return CONTROLLERS.stream()
        .filter(name -> address(name).equals(controller.getAddress()))
        .findFirst()
        .orElseThrow();
  }

  private static void awaitVerdict(Admin admin, String endpoint, Verdict verdict) {
    Await.until(
        endpoint + " to be " + verdict,
        SOON,
        () -> {
          try {
            return admin.get("Pool", "backend").getPool().getStatus().getEndpointsList().stream()
                .filter(one -> one.getAddress().equals(endpoint))
                .map(EndpointStatus::getVerdict)
                .allMatch(verdict::equals);
          } catch (StatusRuntimeException away) {
            return false;
          }
        });
  }

  private static void awaitSynced(Admin admin, int controllers) {
    admin.awaitAgents(
        AGENTS,
        "to be SYNCED",
        status ->
            status.getState() == State.STATE_SYNCED
                && status.getReachability() == AgentStatus.Reachability.REACHABILITY_CONNECTED
                && status.getAliveTo() == AGENTS.size() - 1);
    Await.until(
        controllers + " controllers to be there",
        SOON,
        () -> admin.cluster().getControllersCount() == controllers);
  }

  @Test
  void the_leader_is_killed_and_nothing_is_lost() {
    start();
    String leading;
    long term;
    try (Admin admin = new Admin(address("c0"))) {
      awaitSynced(admin, CONTROLLERS.size());
      endpoints.forEach(endpoint -> awaitVerdict(admin, endpoint, Verdict.VERDICT_HEALTHY));
      ClusterResponse cluster = admin.cluster();
      leading = named(leader(cluster).orElseThrow());
      term = cluster.getTerm();
    }
    List<String> others = CONTROLLERS.stream().filter(name -> !name.equals(leading)).toList();
    try (Load load = load();
        Admin admin = new Admin(address(others.getFirst()));
        Admin other = new Admin(address(others.getLast()))) {
      Await.until("some traffic", SOON, () -> load.requests() > REQUESTS_PER_SECOND);
      long began = System.nanoTime();
      Objects.requireNonNull(controllers.get(leading)).kill();
      origins.getFirst().kill();
      Await.until(
          "another controller to lead",
          SOON,
          () -> {
            ClusterResponse cluster = admin.cluster();
            return cluster.getTerm() > term && leader(cluster).isPresent();
          });
      Duration moved = Duration.ofNanos(System.nanoTime() - began);
      assertThat(moved).isLessThan(TTL.multipliedBy(3).dividedBy(2));
      awaitVerdict(admin, endpoints.getFirst(), Verdict.VERDICT_UNHEALTHY);
      awaitVerdict(other, endpoints.getFirst(), Verdict.VERDICT_UNHEALTHY);
      awaitSynced(admin, others.size());
      for (Admin each : List.of(admin, other)) {
        Resource pool = each.get("Pool", "backend");
        Resource.Builder changed = pool.toBuilder();
        changed
            .getPoolBuilder()
            .getSpecBuilder()
            .getEndpointsBuilder(1)
            .setWeight(each.equals(admin) ? 2 : 3);
        each.awaitSynced(AGENTS, each.apply(changed.build()));
      }
      List<Decision> decisions = admin.decisions();
      assertThat(decisions).isNotEmpty();
      for (int i = 0; i < decisions.size(); i++) {
        assertThat(decisions.get(i).getNumber()).isEqualTo(i + 1L);
      }
      assertThat(other.decisions()).isEqualTo(decisions);
      startController(leading);
      Fleet.awaitController(Objects.requireNonNull(controllers.get(leading)));
      awaitSynced(other, CONTROLLERS.size());
      assertThat(load.failed()).isZero();
      System.out.printf("led again after %d ms%n", moved.toMillis());
    }
    assertThat(fleet.ctl(addresses(), "controllers").orThrow()).contains("leader (term");
  }
}
