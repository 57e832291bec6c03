package io.weir.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.v1.AgentStatus;
import io.weir.v1.Endpoint;
import io.weir.v1.Listener;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.RouteRule;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an operator does with stores: moves, backups, and etcd without its majority. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class StoreLifeTest {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final Pattern READY = Pattern.compile("weir controller ready on (\\S+) .*\\R");

  private final Fleet fleet = Fleet.create(Programs.locate());
  private final List<EtcdCluster> etcds = new ArrayList<>();

  @AfterEach
  void stop() {
    fleet.close();
    etcds.forEach(EtcdCluster::close);
  }

  private Fleet.Server controller(String listen, List<String> storage) {
    var options = new ArrayList<>(List.of("--listen", listen));
    options.addAll(storage);
    Child child = fleet.start("controller", Program.CONTROLLER, options);
    return new Fleet.Server(child, child.awaitOutput(READY, Fleet.START).group(1));
  }

  private List<String> embedded(String name) {
    return List.of("--data-dir", fleet.dir().resolve(name).toString());
  }

  private EtcdCluster etcd(EtcdCluster.Settings settings) {
    Assumptions.assumeTrue(EtcdCluster.installed(), "no etcd on the PATH: install it");
    EtcdCluster etcd = EtcdCluster.start(settings);
    etcds.add(etcd);
    return etcd;
  }

  /** Each of the two is a write of its own. */
  private static void declare(Fleet.Server controller, String origin, int port, int weight) {
    Resource pool =
        Resource.newBuilder()
            .setMetadata(Metadata.newBuilder().setName("backend"))
            .setPool(
                Pool.newBuilder()
                    .setSpec(
                        PoolSpec.newBuilder()
                            .addEndpoints(
                                Endpoint.newBuilder().setAddress(origin).setWeight(weight))))
            .build();
    Resource listener =
        Resource.newBuilder()
            .setMetadata(Metadata.newBuilder().setName("web"))
            .setListener(
                Listener.newBuilder()
                    .setSpec(
                        ListenerSpec.newBuilder()
                            .setBind("127.0.0.1:" + port)
                            .addRoutes(RouteRule.newBuilder().setPool("backend"))))
            .build();
    try (Admin admin = new Admin(controller.address())) {
      admin.apply(pool);
      admin.apply(listener);
    }
  }

  private String ctl(Fleet.Server controller, String... args) {
    return fleet.ctl(controller.address(), args).orThrow();
  }

  /** History without its revisions and ages. */
  private static List<String> history(Fleet.Ran ran) {
    return ran.out()
        .lines()
        .skip(1)
        .map(line -> line.replaceFirst("^\\S+\\s+\\S+\\s+", ""))
        .toList();
  }

  @Test
  void a_fleet_moves_from_an_embedded_store_to_etcd_and_back_with_its_history() throws Exception {
    EtcdCluster etcd = etcd(EtcdCluster.Settings.members(3).withTls().withUsers(0));
    Fleet.Server first = controller("127.0.0.1:0", embedded("first"));
    for (int weight = 1; weight <= 3; weight++) {
      declare(first, "127.0.0.1:1", Ports.free(), weight);
    }
    Path file = fleet.dir().resolve("export");
    ctl(first, "export", "-o", file.toString());

    Fleet.Server second = controller("127.0.0.1:0", etcd.controllerOptions());
    assertThat(ctl(second, "import", file.toString())).contains("6 writes of the history");
    awaitHistory(second, first);
    // What was there before can be gone back to.
    String last = ctl(second, "history").lines().reduce((_, line) -> line).orElseThrow();
    String oldest = last.substring(0, last.indexOf(' '));
    assertThat(ctl(second, "rollback", oldest)).contains("pool/backend configured");

    Path back = fleet.dir().resolve("back");
    ctl(second, "export", "-o", back.toString());
    Fleet.Server third = controller("127.0.0.1:0", embedded("third"));
    ctl(third, "import", back.toString());
    awaitHistory(third, second);
    assertThat(fleet.ctl(third.address(), "import", back.toString()).err())
        .contains("there is configuration in the store already");
  }

  private void awaitHistory(Fleet.Server there, Fleet.Server original) {
    List<String> expected = history(fleet.ctl(original.address(), "history", "--limit", "50"));
    assertThat(expected).hasSizeGreaterThanOrEqualTo(6);
    // It begins anew first.
    Await.until(
        "the history to be there",
        SOON,
        () -> {
          Fleet.Ran ran = fleet.ctl(there.address(), "history", "--limit", "50");
          return ran.exit() == 0 && history(ran).equals(expected);
        });
  }

  @Test
  void an_older_backup_put_back_gets_another_epoch_and_agents_run_what_it_says() throws Exception {
    Path store = fleet.dir().resolve("data/store.mv");
    Path backup = fleet.dir().resolve("backup.mv");
    String origin = Fleet.awaitOrigin(fleet.startOrigin("one", Ports.free()));
    int before = Ports.free();
    int after = Ports.free();

    Fleet.Server controller = controller("127.0.0.1:0", embedded("data"));
    declare(controller, origin, before, 1);
    end(controller);
    Files.copy(store, backup);
    controller = controller(controller.address(), embedded("data"));
    Child agent = fleet.agent("a", controller.address());
    Fleet.awaitReady(agent);
    for (int weight = 2; weight <= 9; weight++) {
      declare(controller, origin, after, weight);
    }
    Await.until("the newest to serve", SOON, () -> serves(after));
    end(controller);
    Files.copy(backup, store, StandardCopyOption.REPLACE_EXISTING);

    controller = controller(controller.address(), embedded("data"));
    Await.until("what the backup says to serve", SOON, () -> serves(before) && !serves(after));
    try (Admin admin = new Admin(controller.address())) {
      admin.awaitAgents(
          List.of("a"),
          "to be in step",
          status -> status.getState() == AgentStatus.State.STATE_SYNCED);
    }
  }

  private static void end(Fleet.Server controller) {
    controller.child().stop();
    assertThat(controller.child().awaitExit(SOON)).isZero();
  }

  private static boolean serves(int port) {
    try {
      HttpURLConnection http =
          (HttpURLConnection) URI.create("http://127.0.0.1:" + port + "/").toURL().openConnection();
      http.setConnectTimeout(1_000);
      http.setReadTimeout(1_000);
      try (InputStream body = http.getInputStream()) {
        return new String(body.readAllBytes(), StandardCharsets.UTF_8).contains("one");
      }
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void with_two_of_three_members_of_etcd_gone_agents_serve_and_ctl_says_why_it_cannot()
      throws Exception {
    EtcdCluster etcd = etcd(EtcdCluster.Settings.members(3));
    Fleet.Server controller = controller("127.0.0.1:0", etcd.controllerOptions());
    String origin = Fleet.awaitOrigin(fleet.startOrigin("one", Ports.free()));
    int port = Ports.free();
    declare(controller, origin, port, 1);
    Fleet.awaitReady(fleet.agent("a", controller.address()));
    Await.until("the agent to serve", SOON, () -> serves(port));

    etcd.kill(0);
    etcd.kill(1);
    for (List<String> call :
        List.of(List.of("get", "pool"), List.of("weight", "backend", origin, "5"))) {
      long began = System.nanoTime();
      Fleet.Ran ran = fleet.ctl(controller.address(), call.toArray(String[]::new));
      assertThat(ran.exit()).isEqualTo(1);
      assertThat(ran.err())
          .contains("reads and writes fail until a majority of its members is back")
          .contains(etcd.endpoint(0).getAuthority() + ": connection refused");
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
      assertThat(serves(port)).isTrue();
    }

    etcd.restart(0);
    Await.until(
        "writes to go on",
        SOON,
        () -> fleet.ctl(controller.address(), "weight", "backend", origin, "5").exit() == 0);
    try (Admin admin = new Admin(controller.address())) {
      admin.awaitAgents(
          List.of("a"), "to run it", status -> status.getState() == AgentStatus.State.STATE_SYNCED);
    }
    assertThat(serves(port)).isTrue();
  }
}
