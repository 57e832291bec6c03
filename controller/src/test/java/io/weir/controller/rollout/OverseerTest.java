package io.weir.controller.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutState;
import io.weir.v1.RolloutStep;
import io.weir.v1.StagedChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Steps that reach nobody, and clocks that differ. */
final class OverseerTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final long SECOND = 1_000_000_000L;

  private final Overseer overseer = new Overseer(0);
  private final List<Member> agents = new ArrayList<>();
  private StagedChange change = StagedChange.getDefaultInstance();
  private String hindrance = "";
  private long now = 20 * SECOND;

  private void stage(Instant created, RolloutPlan.Builder plan) {
    overseer.retain(List.of());
    change =
        Progression.begun(
            StagedChange.newBuilder()
                .setNumber(1)
                .setPlan(plan)
                .setCreated(Timestamp.newBuilder().setSeconds(created.getEpochSecond()))
                .build(),
            "asked for",
            created);
  }

  private static RolloutPlan.Builder plan(RolloutStep.Builder... steps) {
    RolloutPlan.Builder plan =
        RolloutPlan.newBuilder().setTimeout(Duration.newBuilder().setSeconds(10));
    for (RolloutStep.Builder step : steps) {
      plan.addSteps(step.setBake(Duration.newBuilder().setSeconds(5)));
    }
    return plan.addSteps(RolloutStep.newBuilder().setPercent(100));
  }

  private static RolloutStep.Builder zone(String zone) {
    return RolloutStep.newBuilder().putAgents("zone", zone);
  }

  private void agent(String name, String zone, boolean runs) {
    agents.removeIf(agent -> agent.name().equals(name));
    agents.add(
        new Member(name, Map.of("zone", zone), true, runs ? Set.of(1L) : Set.of(), Set.of(), ""));
  }

  private Overseer.Look look() {
    return overseer.look(new Staged(change, 5), agents, hindrance, now, NOW);
  }

  /** So much later it has become this. */
  private StagedChange after(double seconds) {
    now += (long) (seconds * SECOND);
    Optional<StagedChange> next = look().next();
    next.ifPresent(moved -> {
      change = moved;
      var _ = look();
    });
    return change;
  }

  @Test
  void aStepToLabelsThatNobodyHasWaitsAndIsTakenBack() {
    stage(NOW, plan(zone("b")));
    agent("one", "a", false);
    assertThat(after(0.2).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_PUSHING);
    assertThat(after(9).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_PUSHING);
    assertThat(look().progress().getSentence()).isEqualTo("no connected agent has zone=b");
    assertThat(after(2).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_ROLLED_BACK);
    assertThat(change.getReason())
        .isEqualTo("nothing is known of how it fares: for 10 s no connected agent has zone=b");
  }

  @Test
  void aStepIsNotProvenByAgentsOfAnEarlierOne() {
    stage(NOW, plan(zone("a"), zone("b")));
    agent("one", "a", true);
    after(0.2);
    after(0.2);
    assertThat(after(6).getStep()).isEqualTo(2);
    assertThat(after(5).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_PUSHING);
    agent("two", "b", false);
    assertThat(after(1).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_PUSHING);
    agent("two", "b", true);
    assertThat(after(1).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_BAKING);
  }

  @Test
  void withNoAgentConnectedItStaysPendingUntilOneIs() {
    stage(NOW, plan(RolloutStep.newBuilder().setPercent(1)));
    assertThat(after(8).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_PENDING);
    assertThat(look().progress().getSentence()).isEqualTo("no agent is connected");
    agent("one", "a", false);
    assertThat(after(1).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_PUSHING);
    assertThat(Cohort.includes(change, "one", Map.of())).isTrue();
  }

  @Test
  void withNoAgentConnectedItIsTakenBackInTheEnd() {
    stage(NOW, plan(RolloutStep.newBuilder().setPercent(1)));
    after(0);
    assertThat(after(11).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_ROLLED_BACK);
    assertThat(change.getReason())
        .isEqualTo("nothing is known of how it fares: for 10 s no agent is connected");
  }

  @Test
  void noAgentHasItBeforeItsEndpointsAreFound() {
    stage(NOW, plan(zone("a")));
    agent("one", "a", false);
    hindrance = "nothing is found for pool web yet";
    assertThat(after(5).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_PENDING);
    assertThat(look().progress().getSentence()).isEqualTo(hindrance);
    hindrance = "";
    assertThat(after(1).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_PUSHING);
  }

  @Test
  void whatWaitsForAConfirmationGoesByItsOwnTime() {
    stage(NOW, plan().setConfirmWithin(Duration.newBuilder().setSeconds(60)));
    after(0);
    assertThat(after(30).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_PENDING);
    assertThat(after(31).getReason()).isEqualTo("nobody confirmed it within 60 s");
  }

  @Test
  void clocksOfOtherControllersEndNoBakeAndNoTimeToConfirm() {
    Instant behind = NOW.minusSeconds(3_600);
    stage(behind, plan(zone("a")));
    agent("one", "a", true);
    after(0.2);
    after(0.2);
    assertThat(change.getState()).isEqualTo(RolloutState.ROLLOUT_STATE_BAKING);
    change = Progression.moved(change, change.getState(), "resumed by ann", "ann", behind);
    assertThat(after(1).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_BAKING);
    assertThat(after(3).getState()).isEqualTo(RolloutState.ROLLOUT_STATE_BAKING);
    assertThat(after(3).getStep()).isEqualTo(2);
  }
}
