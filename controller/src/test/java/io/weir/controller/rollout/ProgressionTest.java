package io.weir.controller.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.rollout.Progression.Action;
import io.weir.controller.rollout.Progression.Steered;
import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutState;
import io.weir.v1.RolloutStep;
import io.weir.v1.StagedChange;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ProgressionTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  private static StagedChange change(boolean confirms) {
    RolloutPlan.Builder plan = RolloutPlan.newBuilder();
    if (confirms) {
      plan.addSteps(RolloutStep.newBuilder().setPercent(100))
          .setConfirmWithin(com.google.protobuf.Duration.newBuilder().setSeconds(10));
    } else {
      plan.addSteps(RolloutStep.newBuilder().setPercent(10))
          .addSteps(RolloutStep.newBuilder().putAgents("zone", "a"))
          .addSteps(RolloutStep.newBuilder().setPercent(100));
    }
    return Progression.begun(
        StagedChange.newBuilder().setNumber(1).setPlan(plan).build(), "asked for", NOW);
  }

  private Situation some() {
    List<String> connected = new ArrayList<>();
    List<String> current = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    List<String> pending = new ArrayList<>();
    for (int i = 0; i < random.nextInt(6); i++) {
      String name = "a" + i;
      connected.add(name);
      int kind = random.nextInt(20);
      (kind == 0 ? refused : kind < 6 ? pending : current).add(name);
    }
    return new Situation(
        connected,
        current,
        refused,
        pending,
        random.nextInt(15) == 0 ? List.of("gone") : List.of(),
        current.isEmpty() ? "no agent is connected" : "",
        Duration.ofMillis(random.nextInt(90_000)),
        Duration.ofMillis(random.nextInt(12_000)),
        random.nextInt(4) > 0,
        random.nextInt(20) == 0 ? "5 % failed" : "",
        "");
  }

  @Test
  void whateverHappensThereIsOneEndAndCohortsOnlyGrow() {
    for (int run = 0; run < 2_000; run++) {
      StagedChange change = change(random.nextInt(3) == 0);
      int ends = 0;
      for (int event = 0; event < 60; event++) {
        Optional<StagedChange> next =
            random.nextInt(10) == 0 ? steered(change) : Progression.next(change, some(), NOW);
        if (next.isEmpty()) {
          continue;
        }
        StagedChange after = next.get();
        String where = "seed %d, run %d, %s -> %s".formatted(seed, run, change, after);
        assertThat(Staged.isOver(change)).as(where).isFalse();
        assertThat(after.getStep()).as(where).isBetween(change.getStep(), change.getStep() + 1);
        assertThat(after.getThreshold()).as(where).isGreaterThanOrEqualTo(change.getThreshold());
        assertThat(after.getReason()).as(where).isNotEmpty();
        assertThat(after.getTransitions(after.getTransitionsCount() - 1).getIndex())
            .as(where)
            .isEqualTo(change.getTransitions(change.getTransitionsCount() - 1).getIndex() + 1);
        assertThat(after.getTransitionsCount()).as(where).isLessThanOrEqualTo(20);
        if (after.getState() == RolloutState.ROLLOUT_STATE_COMMITTED) {
          assertThat(after.getStep()).as(where).isEqualTo(change.getStep());
        }
        ends += Staged.isOver(after) ? 1 : 0;
        change = after;
      }
      assertThat(ends).as("seed %d", seed).isLessThanOrEqualTo(1);
    }
  }

  private Optional<StagedChange> steered(StagedChange change) {
    Action action = List.of(Action.values()).get(random.nextInt(Action.values().length));
    return switch (Progression.steer(change, action, "ann", List.of("a0"), NOW)) {
      case Steered.To to -> Optional.of(to.change());
      case Steered.Same _, Steered.Refused _ -> Optional.empty();
    };
  }

  @Test
  void aRefusalCannotBeSteppedOverByTheEndOfTheBake() {
    StagedChange baking =
        Progression.moved(
            change(false).toBuilder().setStep(1).setThreshold(Cohort.ALL).build(),
            RolloutState.ROLLOUT_STATE_BAKING,
            "",
            "",
            NOW);
    Situation refused =
        new Situation(
            List.of("a", "b"),
            List.of("a"),
            List.of("b: no such probe"),
            List.of(),
            List.of(),
            "",
            Duration.ofHours(1),
            Duration.ofHours(1),
            true,
            "",
            "");
    assertThat(Progression.next(baking, refused, NOW).orElseThrow().getState())
        .isEqualTo(RolloutState.ROLLOUT_STATE_ROLLED_BACK);
  }

  @Test
  void anAgentThatVanishesDoesNotBlockTheOthers() {
    StagedChange pushing =
        Progression.moved(
            change(false).toBuilder().setStep(1).setThreshold(Cohort.ALL).build(),
            RolloutState.ROLLOUT_STATE_PUSHING,
            "",
            "",
            NOW);
    Situation vanished =
        new Situation(
            List.of("a"),
            List.of("a"),
            List.of(),
            List.of(),
            List.of("b"),
            "",
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            true,
            "",
            "");
    assertThat(Progression.next(pushing, vanished, NOW).orElseThrow().getState())
        .isEqualTo(RolloutState.ROLLOUT_STATE_BAKING);
    Situation all =
        new Situation(
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of("a", "b"),
            "",
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            true,
            "",
            "");
    assertThat(Progression.next(pushing, all, NOW).orElseThrow().getReason())
        .isEqualTo("2 agents of the cohort vanished: a, b; none is left to watch");
  }

  @Test
  void anAgentThatIsKilledByTheChangeBeforeItCanSayAWordHasItTakenBack() {
    Overseer overseer = new Overseer(0);
    StagedChange pushing =
        Progression.moved(
            change(false).toBuilder().setStep(3).setThreshold(Cohort.ALL).build(),
            RolloutState.ROLLOUT_STATE_PUSHING,
            "",
            "",
            NOW);
    Staged staged = new Staged(pushing, 5);
    long second = 1_000_000_000L;
    Member there = new Member("a", Map.of(), true, Set.of(), Set.of(), "");
    Member gone = new Member("a", Map.of(), false, Set.of(), Set.of(), "");
    assertThat(overseer.look(staged, List.of(there), "", 11 * second, NOW).next()).isEmpty();
    assertThat(overseer.look(staged, List.of(gone), "", 13 * second, NOW).next()).isEmpty();
    assertThat(overseer.look(staged, List.of(gone), "", 17 * second, NOW).next())
        .hasValueSatisfying(next ->
            assertThat(next.getReason())
                .isEqualTo("1 agent of the cohort vanished: a; none is left to watch"));
  }

  @Test
  void aWallClockThatJumpsEndsNoBake() {
    Overseer overseer = new Overseer(0);
    StagedChange baking =
        Progression.moved(
            change(false).toBuilder()
                .setStep(3)
                .setThreshold(Cohort.ALL)
                .setCreated(
                    com.google.protobuf.Timestamp.newBuilder().setSeconds(NOW.getEpochSecond()))
                .build(),
            RolloutState.ROLLOUT_STATE_BAKING,
            "",
            "",
            NOW);
    Staged staged = new Staged(baking, 5);
    long second = 1_000_000_000L;
    List<Member> agents = List.of(new Member("a", Map.of(), true, Set.of(1L), Set.of(), ""));
    assertThat(overseer.look(staged, agents, "", 11 * second, NOW).next()).isEmpty();
    assertThat(overseer.look(staged, agents, "", 12 * second, NOW.plusSeconds(7_200)).next())
        .isEmpty();
    assertThat(overseer.look(staged, agents, "", 42 * second, NOW.plusSeconds(31)).next())
        .hasValueSatisfying(
            next -> assertThat(next.getState()).isEqualTo(RolloutState.ROLLOUT_STATE_COMMITTED));
  }
}
