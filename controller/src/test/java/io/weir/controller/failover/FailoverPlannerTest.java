package io.weir.controller.failover;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.weir.controller.health.Verdict;
import io.weir.v1.Endpoint;
import io.weir.v1.Failback;
import io.weir.v1.Force;
import io.weir.v1.Manual;
import io.weir.v1.PoolSpec;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class FailoverPlannerTest {
  private static final long SECOND = 1_000_000_000L;

  private final FailoverPlanner planner = new FailoverPlanner();
  private final PoolSpec.Builder spec =
      PoolSpec.newBuilder()
          .addEndpoints(Endpoint.newBuilder().setAddress("a:1"))
          .addEndpoints(Endpoint.newBuilder().setAddress("b:1"))
          .addEndpoints(Endpoint.newBuilder().setAddress("c:1").setPriority(1))
          .addEndpoints(Endpoint.newBuilder().setAddress("d:1").setPriority(2));
  private final Set<String> down = new HashSet<>();
  private long now = 100 * SECOND;

  private Optional<FailoverPlanner.Move> plan() {
    return planner.plan(
        PoolView.of(
            "p",
            spec.build(),
            address -> down.contains(address) ? new Verdict.Unhealthy() : new Verdict.Unknown()),
        now);
  }

  @Test
  void aPoolMovesWhenNothingBelowCanServe() {
    assertThat(plan()).isEmpty();
    down.add("a:1");
    assertThat(plan()).isEmpty();
    down.add("b:1");
    assertThat(plan())
        .hasValueSatisfying(move -> {
          assertThat(move.from()).isZero();
          assertThat(move.to()).isEqualTo(1);
          assertThat(move.reason())
              .isEqualTo(
                  "none of the 2 endpoints below priority 1 can serve, and 1 of 1 at priority 1"
                      + " can");
        });
    down.add("c:1");
    assertThat(plan()).map(FailoverPlanner.Move::to).contains(2);
  }

  @Test
  void itGoesBackOnceThatHasBeenWellForAWhile() {
    down.addAll(Set.of("a:1", "b:1"));
    plan();
    down.clear();
    assertThat(plan()).isEmpty();
    now += 29 * SECOND;
    down.addAll(Set.of("a:1", "b:1"));
    assertThat(plan()).isEmpty();
    down.remove("a:1");
    assertThat(plan()).isEmpty();
    assertThat(planner.nextDue()).isEqualTo(now + 30 * SECOND);
    now += 29 * SECOND;
    assertThat(plan()).isEmpty();
    now += SECOND;
    assertThat(plan()).map(FailoverPlanner.Move::to).contains(0);
    assertThat(planner.nextDue()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void itGoesBackAtOnceWhereNothingElseServes() {
    down.addAll(Set.of("a:1", "b:1"));
    plan();
    down.remove("a:1");
    down.addAll(Set.of("c:1", "d:1"));
    assertThat(plan()).map(FailoverPlanner.Move::to).contains(0);
  }

  @Test
  void itStaysUntilTheOperatorSaysSo() {
    spec.getPrioritiesBuilder()
        .setFailback(Failback.newBuilder().setManual(Manual.getDefaultInstance()));
    down.addAll(Set.of("a:1", "b:1"));
    plan();
    down.clear();
    now += 10_000 * SECOND;
    assertThat(plan()).isEmpty();
    spec.getPrioritiesBuilder().setForce(0);
    assertThat(plan()).map(FailoverPlanner.Move::to).contains(0);
    spec.getPrioritiesBuilder().clearForce();
    assertThat(plan()).isEmpty();
  }

  @Test
  void theOperatorsWordCountsUntilItIsTakenBack() {
    spec.getPrioritiesBuilder().setForce(1);
    assertThat(plan()).map(FailoverPlanner.Move::to).contains(1);
    assertThat(plan()).isEmpty();
    spec.getPrioritiesBuilder().clearForce();
    assertThat(plan()).map(FailoverPlanner.Move::to).contains(0);
  }

  @Test
  void maintenanceDrainWeightAndForceTakeAnEndpointOut() {
    spec.getEndpointsBuilder(0).setMaintenance(true);
    assertThat(plan()).isEmpty();
    spec.getEndpointsBuilder(1).setForce(Force.FORCE_UNHEALTHY);
    assertThat(plan()).map(FailoverPlanner.Move::to).contains(1);
    spec.getEndpointsBuilder(2).setWeight(0);
    assertThat(plan()).map(FailoverPlanner.Move::to).contains(2);
    spec.getEndpointsBuilder(2).setWeight(1).setDrain(true);
    assertThat(plan()).isEmpty();
    down.add("d:1");
    spec.getEndpointsBuilder(3).setForce(Force.FORCE_HEALTHY);
    assertThat(plan()).isEmpty();
    spec.getPrioritiesBuilder().getFailbackBuilder().setAfter(Duration.newBuilder().setSeconds(1));
    spec.getEndpointsBuilder(0).setMaintenance(false);
    plan();
    now += SECOND;
    assertThat(plan()).map(FailoverPlanner.Move::to).contains(0);
  }
}
