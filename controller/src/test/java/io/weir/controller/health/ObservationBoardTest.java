package io.weir.controller.health;

import static io.weir.controller.Samples.pool;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.weir.controller.model.Config;
import io.weir.controller.model.ResourceKey;
import io.weir.v1.EndpointLoad;
import io.weir.v1.EndpointStatus;
import io.weir.v1.Health;
import io.weir.v1.HealthReport;
import io.weir.v1.LoadReport;
import io.weir.v1.Observation;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ObservationBoardTest {
  private final ObservationBoard board = new ObservationBoard();

  @BeforeEach
  void declare() {
    declare("h:1", "h:2");
  }

  private void declare(String... addresses) {
    board.declare(
        new Config(1, new TreeMap<>(Map.of(ResourceKey.pool("p"), pool("p", addresses)))));
  }

  private static Observation saw(String endpoint, Health health, long since, String reason) {
    return Observation.newBuilder()
        .setPool("p")
        .setEndpoint(endpoint)
        .setHealth(health)
        .setSince(Timestamp.newBuilder().setSeconds(since))
        .setReason(reason)
        .build();
  }

  private static HealthReport complete(Observation... observations) {
    return HealthReport.newBuilder()
        .setComplete(true)
        .addAllObservations(List.of(observations))
        .build();
  }

  private EndpointStatus first() {
    return board.status("p").getEndpoints(0);
  }

  @Test
  void counts_what_each_agent_holds_and_shows_the_latest_failure() {
    board.report("a", complete(saw("h:1", Health.HEALTH_HEALTHY, 1, "")));
    board.report("b", complete(saw("h:1", Health.HEALTH_UNHEALTHY, 5, "refused")));
    board.report("c", complete(saw("h:1", Health.HEALTH_UNHEALTHY, 4, "timeout")));
    board.report("d", complete(saw("h:1", Health.HEALTH_UNKNOWN, 4, "")));

    assertThat(first())
        .isEqualTo(
            EndpointStatus.newBuilder()
                .setAddress("h:1")
                .setHealthy(1)
                .setUnhealthy(2)
                .setUnknown(1)
                .setReason("refused")
                .build());
    assertThat(board.status("p").getEndpoints(1).getHealthy()).isZero();
  }

  @Test
  void says_which_pools_changed_and_only_when_they_did() {
    HealthReport report = complete(saw("h:1", Health.HEALTH_HEALTHY, 1, ""));
    assertThat(board.report("a", report)).containsExactly("p");
    assertThat(board.report("a", report)).isEmpty();
    assertThat(board.report("a", complete())).containsExactly("p");
    assertThat(first().getHealthy()).isZero();
  }

  @Test
  void adds_up_load_and_drops_it_with_the_agent() {
    LoadReport load =
        LoadReport.newBuilder()
            .addEndpoints(
                EndpointLoad.newBuilder()
                    .setPool("p")
                    .setEndpoint("h:1")
                    .setInFlight(2)
                    .setRequests(10)
                    .setFailures(1))
            .build();
    board.report("a", load);
    board.report("b", load);
    assertThat(first().getInFlight()).isEqualTo(4);
    assertThat(first().getRequests()).isEqualTo(20);
    assertThat(first().getFailures()).isEqualTo(2);

    assertThat(board.forget("a")).containsExactly("p");
    assertThat(first().getInFlight()).isEqualTo(2);
  }

  @Test
  void keeps_nothing_of_endpoints_that_are_not_declared() {
    board.report("a", complete(saw("elsewhere:1", Health.HEALTH_HEALTHY, 1, "")));
    board.report("a", complete(saw("h:1", Health.HEALTH_HEALTHY, 1, "")));
    declare("h:2");
    declare("h:1", "h:2");
    assertThat(first().getHealthy()).isZero();
  }
}
