package io.weir.controller.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutStep;
import io.weir.v1.StagedChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class CohortTest {
  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  private static List<String> names(int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add("edge-" + i);
    }
    return names;
  }

  private static StagedChange at(long number, int step, long threshold, RolloutStep... steps) {
    return StagedChange.newBuilder()
        .setNumber(number)
        .setStep(step)
        .setThreshold(threshold)
        .setPlan(RolloutPlan.newBuilder().addAllSteps(List.of(steps)))
        .build();
  }

  private static List<String> members(StagedChange change, List<String> names) {
    return names.stream().filter(name -> Cohort.includes(change, name, Map.of())).toList();
  }

  @Test
  void aPercentageIsOfTheConnectedAgentsRoundedDownButOneAtLeast() {
    for (int run = 0; run < 300; run++) {
      int count = 1 + random.nextInt(400);
      double percent = 0.1 + random.nextDouble() * 99.8;
      long number = random.nextLong(1_000);
      long threshold = Cohort.threshold(number, percent, names(count), 0);
      StagedChange change = at(number, 1, threshold, RolloutStep.getDefaultInstance());
      assertThat(members(change, names(count)))
          .as("seed %d: %s %% of %d", seed, percent, count)
          .hasSize(Math.max(1, (int) (count * percent / 100)));
    }
  }

  @Test
  void aLaterStepHasAllAgentsOfAnEarlierOneWhoeverComesOrGoes() {
    for (int run = 0; run < 300; run++) {
      List<String> names = names(50);
      long number = random.nextLong(1_000);
      double first = 0.1 + random.nextDouble() * 50;
      List<String> then = names.subList(0, 1 + random.nextInt(50));
      List<String> later = names.subList(random.nextInt(49), 50);
      long low = Cohort.threshold(number, first, then, 0);
      long high = Cohort.threshold(number, first + random.nextDouble() * 40, later, low);
      StagedChange one = at(number, 1, low, RolloutStep.getDefaultInstance());
      StagedChange two =
          at(number, 2, high, RolloutStep.getDefaultInstance(), RolloutStep.getDefaultInstance());
      assertThat(members(two, names)).as("seed %d", seed).containsAll(members(one, names));
    }
  }

  @Test
  void agentsOfAStepByLabelsStayInTheStepsAfterIt() {
    RolloutStep byLabel = RolloutStep.newBuilder().putAgents("zone", "a").build();
    RolloutStep none = RolloutStep.newBuilder().setPercent(1).build();
    StagedChange second = at(1, 2, 0, byLabel, none);
    assertThat(Cohort.includes(second, "x", Map.of("zone", "a", "rack", "1"))).isTrue();
    assertThat(Cohort.includes(second, "x", Map.of("zone", "b"))).isFalse();
    assertThat(Cohort.includes(at(1, 0, 0, byLabel, none), "x", Map.of("zone", "a"))).isFalse();
  }
}
