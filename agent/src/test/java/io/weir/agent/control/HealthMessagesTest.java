package io.weir.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.health.Assignment;
import io.weir.agent.health.Assignment.Place;
import io.weir.agent.health.Conclusions;
import io.weir.agent.health.Conclusions.Conclusion;
import io.weir.agent.health.Target;
import io.weir.v1.AssignedEndpoint;
import io.weir.v1.EndpointVerdict;
import io.weir.v1.PoolPosition;
import io.weir.v1.Verdict;
import io.weir.v1.Verdicts;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HealthMessagesTest {
  private static final Target A = new Target("p", "a:1");

  @Test
  void anAssignmentIsAllOrSome() {
    assertThat(
            HealthMessages.assignment(
                io.weir.v1.Assignment.newBuilder()
                    .setTerm(3)
                    .setVersion(4)
                    .setAll(true)
                    .setPlace(1)
                    .setObservers(2)
                    .build()))
        .isEqualTo(new Assignment(3, 4, new Assignment.Share.All(new Place(1, 2))));
    assertThat(
            HealthMessages.assignment(
                io.weir.v1.Assignment.newBuilder()
                    .setTerm(3)
                    .setVersion(5)
                    .addEndpoints(
                        AssignedEndpoint.newBuilder()
                            .setPool("p")
                            .setEndpoint("a:1")
                            .setPlace(2)
                            .setObservers(3))
                    .build()))
        .isEqualTo(new Assignment(3, 5, new Assignment.Share.Some(Map.of(A, new Place(2, 3)))));
  }

  @Test
  void aPlaceThatCannotBeIsThatOfTheOnlyObserver() {
    assertThat(
            HealthMessages.assignment(
                    io.weir.v1.Assignment.newBuilder().setAll(true).setPlace(7).build())
                .share()
                .of(A))
        .contains(new Place(0, 1));
  }

  @Test
  void verdictsCarryReasonsAndFloors() {
    assertThat(
            HealthMessages.conclusions(
                Verdicts.newBuilder()
                    .setTerm(1)
                    .setVersion(2)
                    .setComplete(true)
                    .addEndpoints(
                        EndpointVerdict.newBuilder()
                            .setPool("p")
                            .setEndpoint("a:1")
                            .setVerdict(Verdict.VERDICT_UNHEALTHY)
                            .setDecision(9)
                            .setReason("why"))
                    .addPools(PoolPosition.newBuilder().setPool("p").setFloor(1))
                    .build()))
        .isEqualTo(
            new Conclusions(
                1,
                2,
                true,
                Map.of(A, new Conclusion(Conclusions.Verdict.UNHEALTHY, 9, "why")),
                Map.of("p", 1)));
  }
}
