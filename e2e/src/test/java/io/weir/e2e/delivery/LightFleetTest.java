package io.weir.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weir.controller.Controller;
import io.weir.controller.ControllerConfig;
import io.weir.controller.StartupException;
import io.weir.e2e.live.Admin;
import io.weir.e2e.live.Ports;
import io.weir.v1.Endpoint;
import io.weir.v1.Listener;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.RouteRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LightFleetTest {
  private static final int AGENTS = 40;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path dir;
  private final int port = Ports.free();

  private Controller start() throws StartupException {
    return Controller.start(
        new ControllerConfig(
            "bench",
            new ControllerConfig.Listen("127.0.0.1", port),
            new ControllerConfig.Storage.Embedded(dir),
            100),
        InstantSource.system());
  }

  private static Resource pool(int weight) {
    return Resource.newBuilder()
        .setMetadata(Metadata.newBuilder().setName("backend"))
        .setPool(
            Pool.newBuilder()
                .setSpec(
                    PoolSpec.newBuilder()
                        .addEndpoints(
                            Endpoint.newBuilder().setAddress("10.0.0.1:80").setWeight(weight))))
        .build();
  }

  private static final Resource WEB =
      Resource.newBuilder()
          .setMetadata(Metadata.newBuilder().setName("web"))
          .setListener(
              Listener.newBuilder()
                  .setSpec(
                      ListenerSpec.newBuilder()
                          .setBind("127.0.0.1:80")
                          .addRoutes(RouteRule.newBuilder().setPool("backend"))))
          .build();

  private static void settled(Controller controller, long revision) {
    controller.settled(revision).orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }

  @Test
  void a_fleet_that_comes_back_to_a_controller_is_sent_no_snapshot_again() throws Exception {
    Controller controller = start();
    try (Admin admin = new Admin("127.0.0.1:" + port)) {
      admin.apply(pool(1));
      settled(controller, admin.apply(WEB));
      try (LightFleet fleet =
          new LightFleet(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
              "bench",
              "light-",
              AGENTS,
              List.of("a", "b"),
              1)) {
        await().atMost(PATIENCE).until(() -> fleet.welcomed() == AGENTS);
        settled(controller, 1);
        long revision = admin.apply(pool(2));
        settled(controller, revision);
        assertThat(fleet.snapshots()).isEqualTo(AGENTS);
        assertThat(fleet.deltas()).isEqualTo(AGENTS);

        controller.close();
        await().atMost(PATIENCE).until(() -> fleet.welcomed() == 0);
        controller = start();
        await().atMost(PATIENCE).until(() -> fleet.welcomed() == AGENTS);
        settled(controller, revision);
        assertThat(fleet.snapshots()).isEqualTo(AGENTS);
        assertThat(fleet.deltas()).isEqualTo(AGENTS);

        settled(controller, admin.apply(pool(3)));
        assertThat(fleet.deltas()).isEqualTo(2 * AGENTS);
        assertThat(fleet.snapshots()).isEqualTo(AGENTS);
        // One for each of two groups.
        assertThat(controller.serializations().messages()).isEqualTo(2);
        // Each of the two once, for the signature over both.
        assertThat(controller.serializations().resources()).isLessThanOrEqualTo(2);
        assertThat(fleet.faults()).as(fleet.fault()).isZero();
      }
    } finally {
      controller.close();
    }
  }
}
