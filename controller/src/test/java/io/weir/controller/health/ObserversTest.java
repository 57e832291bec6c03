package io.weir.controller.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.controller.health.Observers.Candidate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ObserversTest {
  private static List<Candidate> agents(int count, int zones) {
    return IntStream.range(0, count)
        .mapToObj(i -> Candidate.of("agent-" + i, "z" + i % zones))
        .toList();
  }

  private static List<Target> targets(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Target("pool", "10.0.%d.%d:80".formatted(i / 250, i % 250)))
        .toList();
  }

  @Test
  void whenAnAgentGoesOneOtherTakesItsPlaceAndNothingElseMoves() {
    for (int zones = 1; zones <= 5; zones++) {
      List<Candidate> all = agents(20, zones);
      for (Candidate gone : all) {
        List<Candidate> left = new ArrayList<>(all);
        left.remove(gone);
        for (Target target : targets(100)) {
          List<String> before = Observers.choose(target, all, 3);
          List<String> after = Observers.choose(target, left, 3);
          Set<String> stayed = new HashSet<>(before);
          stayed.remove(gone.name());
          if (before.contains(gone.name())) {
            assertThat(after).containsAll(stayed).hasSize(3).doesNotContain(gone.name());
          } else {
            assertThat(after).isEqualTo(before);
          }
        }
      }
    }
  }

  @Test
  void sharesAreEven() {
    Map<String, Integer> shares = new HashMap<>();
    targets(2_000)
        .forEach(target ->
            Observers.choose(target, agents(20, 1), 3)
                .forEach(agent -> shares.merge(agent, 1, Integer::sum)));
    // 300 each on average; five standard deviations of a fair draw are about 80.
    assertThat(shares.values()).hasSize(20).allMatch(share -> share > 220 && share < 380);
  }

  @Test
  void observersAreSpreadOverZones() {
    for (Target target : targets(200)) {
      List<String> chosen = Observers.choose(target, agents(20, 4), 3);
      assertThat(chosen.stream().map(name -> Integer.parseInt(name.substring(6)) % 4).distinct())
          .hasSize(3);
      assertThat(
              Observers.choose(target, agents(20, 2), 4).stream()
                  .filter(name -> Integer.parseInt(name.substring(6)) % 2 == 0))
          .hasSize(2);
    }
  }

  @Test
  void allAreTakenWhereThereAreFewer() {
    assertThat(Observers.choose(targets(1).getFirst(), agents(2, 1), 3))
        .containsExactlyInAnyOrder("agent-0", "agent-1");
  }
}
