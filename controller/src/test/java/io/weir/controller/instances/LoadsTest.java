package io.weir.controller.instances;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weir.v1.EndpointLoad;
import io.weir.v1.LoadReport;
import io.weir.v1.PoolLoad;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LoadsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Set<String> POOLS = Set.of("web");

  private final Loads loads = new Loads();

  private static LoadReport report(long inFlight, long requests, long answered) {
    return LoadReport.newBuilder()
        .addEndpoints(
            EndpointLoad.newBuilder()
                .setPool("web")
                .setEndpoint("e:1")
                .setInFlight(inFlight)
                .setRequests(requests))
        .addEndpoints(EndpointLoad.newBuilder().setPool("other").setEndpoint("e:1").setInFlight(9))
        .addPools(
            PoolLoad.newBuilder().setPool("web").addMicros(1_000).addCounts(answered).setQueued(2))
        .build();
  }

  @Test
  void what_agents_say_is_added_up_and_counters_become_rates() {
    loads.report("a", report(3, 1_000, 100), POOLS, 0);
    loads.report("b", report(1, 50, 5), POOLS, 0);
    loads.report("a", report(4, 1_010, 110), POOLS, SECOND);
    loads.report("b", report(2, 54, 9), POOLS, 2 * SECOND);
    Loads.Flow flow = requireNonNull(loads.flows("web", 2 * SECOND).get("e:1"));
    assertThat(flow.inFlight()).isEqualTo(6);
    assertThat(flow.rate()).isCloseTo(12, within(1e-9));
    assertThat(loads.latencies("web").total()).isEqualTo(14);
    assertThat(loads.latencies("web").total()).isZero();
    assertThat(loads.queued("web", 2 * SECOND)).isEqualTo(4);
  }

  @Test
  void an_agent_that_starts_again_begins_at_nothing() {
    loads.report("a", report(0, 1_000, 100), POOLS, 0);
    loads.report("a", report(0, 7, 3), POOLS, SECOND);
    assertThat(requireNonNull(loads.flows("web", SECOND).get("e:1")).rate())
        .isCloseTo(7, within(1e-9));
    assertThat(loads.latencies("web").counts()).isEqualTo(List.of(3L));
  }

  @Test
  void what_an_agent_has_not_said_for_a_while_does_not_count() {
    loads.report("a", report(3, 10, 1), POOLS, 0);
    assertThat(loads.isFresh("a", 5 * SECOND)).isTrue();
    assertThat(loads.flows("web", 6 * SECOND)).isEmpty();
    assertThat(loads.inFlight("a", "web")).containsEntry("e:1", 3L);
  }
}
