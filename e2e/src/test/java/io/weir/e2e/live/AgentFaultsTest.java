package io.weir.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.e2e.load.Load;
import io.weir.e2e.load.Window;
import io.weir.v1.AgentStatus;
import io.weir.v1.AgentStatus.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * What agents do with what they cannot run, and without a controller; traffic goes on. Each test
 * leaves controller and agent running.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class AgentFaultsTest {
  private static final long SOME = 200;
  private static final int REQUESTS_PER_SECOND = 400;

  private final Fleet fleet = Fleet.create(Programs.locate());
  private final int webPort = Ports.free();
  private Fleet.Server controller = new Fleet.Server(fleet.startOrigin("origin", Ports.free()), "");
  private Child agent = controller.child();

  @BeforeAll
  void start() {
    String origin = Fleet.awaitOrigin(controller.child());
    controller = fleet.controller("127.0.0.1:0");
    agent = fleet.agent("a", controller.address());
    apply(
        """
        kind: Pool
        name: backend
        endpoints: [{address: "%s"}]
        ---
        kind: Listener
        name: web
        bind: "127.0.0.1:%d"
        routes: [{pool: backend}]
        """
            .formatted(origin, webPort));
    Fleet.awaitReady(agent);
  }

  @AfterAll
  void stop() {
    fleet.close();
  }

  @Test
  void a_listener_whose_port_is_taken_is_refused_and_told_and_what_ran_runs_on()
      throws IOException {
    try (var admin = new Admin(controller.address());
        var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var load = load()) {
      String bind = "127.0.0.1:" + taken.getLocalPort();
      apply(listener("second", bind));
      admin.awaitAgents(
          List.of("a"), "to be REJECTED", status -> status.getState() == State.STATE_REJECTED);

      AgentStatus status = Objects.requireNonNull(admin.agents().get("a"));
      assertThat(status.getViolationsList())
          .singleElement()
          .satisfies(violation -> {
            assertThat(violation.getResource().getName()).isEqualTo("second");
            assertThat(violation.getField()).isEqualTo("bind");
            assertThat(violation.getReason()).contains("address already in use");
          });
      assertThat(fleet.ctl(controller.address(), "status").orThrow())
          .contains("REJECTED", "second", "bind", "address already in use");

      taken.close();
      long revision = apply(listener("second", "127.0.0.1:" + Ports.free()));
      admin.awaitSynced(List.of("a"), revision);
      assertUndisturbed(load);
    }
  }

  @Test
  void an_agent_of_another_cluster_is_refused_and_says_why() {
    try (var admin = new Admin(controller.address());
        var load = load()) {
      Child stranger =
          fleet.start(
              "stranger",
              Program.AGENT,
              List.of(
                  "--controller",
                  controller.address(),
                  "--cluster",
                  "elsewhere",
                  "--name",
                  "stranger",
                  "--data-dir",
                  fleet.dir().resolve("stranger").toString()));
      Await.until(
          "the stranger to say why",
          Fleet.START,
          () -> stranger.err().contains("elsewhere") && stranger.err().contains("default"));
      assertThat(stranger.err()).doesNotContain("\tat ");
      assertThat(admin.agents()).containsOnlyKeys("a");
      assertUndisturbed(load);
    }
  }

  @Test
  void without_a_controller_traffic_goes_on_and_a_killed_agent_starts_with_what_it_last_ran() {
    controller.child().kill();
    assertThat(controller.child().awaitExit(Fleet.START)).isNotZero();
    try (var load = load()) {
      assertUndisturbed(load);
    }

    agent.kill();
    assertThat(agent.awaitExit(Fleet.START)).isNotZero();
    agent = fleet.agent("a", controller.address());
    Fleet.awaitReady(agent);
    try (var load = load()) {
      assertUndisturbed(load);
    }

    controller = fleet.controller(controller.address());
    try (var admin = new Admin(controller.address())) {
      admin.awaitSynced(List.of("a"), 1);
    }
  }

  @Test
  void an_agent_that_is_told_to_stop_finishes_and_ends_with_status_0() {
    agent.stop();
    assertThat(agent.awaitExit(Fleet.START)).isZero();
    try (var admin = new Admin(controller.address())) {
      admin.awaitAgents(
          List.of("a"), "to be STALE", status -> status.getState() == State.STATE_STALE);
    }
    controller.child().stop();
    assertThat(controller.child().awaitExit(Fleet.START)).isZero();

    controller = fleet.controller(controller.address());
    agent = fleet.agent("a", controller.address());
    Fleet.awaitReady(agent);
  }

  private Load load() {
    return new Load(
        List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), webPort)),
        REQUESTS_PER_SECOND);
  }

  /** At least some requests from now on, and none failed since the load began. */
  private static void assertUndisturbed(Load load) {
    Window window = load.window();
    long before = window.requests();
    Await.until("some requests", Duration.ofSeconds(60), () -> window.requests() >= before + SOME);
    assertThat(window.reasons()).isEmpty();
  }

  private static String listener(String name, String bind) {
    return "kind: Listener\nname: %s\nbind: \"%s\"\nroutes: [{pool: backend}]\n"
        .formatted(name, bind);
  }

  /** Applies; the revision of the last resource in {@code yaml}. */
  private long apply(String yaml) {
    try (var admin = new Admin(controller.address())) {
      Path file = Files.writeString(fleet.dir().resolve("config.yaml"), yaml);
      fleet.ctl(controller.address(), "apply", "-f", file.toString()).orThrow();
      String name = yaml.substring(yaml.lastIndexOf("name: ") + "name: ".length());
      return admin
          .get("Listener", name.substring(0, name.indexOf('\n')))
          .getMetadata()
          .getRevision();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
