package io.weir.e2e.sim.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole fleets under random faults. A seed that breaks an invariant is told by {@code ./weir test
 * sim --seed N}, with all that happened.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class WorldTest {
  /** So many of each here; {@code ./weir test sim} runs as many as one likes. */
  private static final int SEEDS = 300;

  /** Three controllers take several times as long. */
  private static final int SEEDS_OF_SEVERAL = 60;

  /** Within which a mutant is to be noticed. */
  private static final int MUTANT_SEEDS = 1_000;

  @Test
  void no_invariant_is_broken_by_hundreds_of_seeds()
      throws InterruptedException, ExecutionException {
    Seeds seeds = Seeds.run(Cluster.ONE, 1, 1 + SEEDS, Mutation.NONE);
    System.out.printf(
        "%d fleets, %d events, %d decisions, %d comparisons%n",
        seeds.runs(), seeds.events(), seeds.decisions(), seeds.checks());
    assertThat(seeds.broken())
        .extracting(outcome -> outcome.seed() + ": " + outcome.broken().orElse(""))
        .isEmpty();
    assertThat(seeds.decisions()).isGreaterThan(SEEDS);
    assertThat(seeds.checks()).isGreaterThan(SEEDS * 100L);
  }

  @Test
  void no_invariant_is_broken_where_several_controllers_elect_who_leads()
      throws InterruptedException, ExecutionException {
    Seeds seeds = Seeds.run(Cluster.SEVERAL, 1, 1 + SEEDS_OF_SEVERAL, Mutation.NONE);
    System.out.printf(
        "%d fleets, %d events, %d decisions, %d comparisons%n",
        seeds.runs(), seeds.events(), seeds.decisions(), seeds.checks());
    assertThat(seeds.broken())
        .extracting(outcome -> outcome.seed() + ": " + outcome.broken().orElse(""))
        .isEmpty();
    assertThat(seeds.decisions()).isGreaterThan(SEEDS_OF_SEVERAL);
    assertThat(seeds.checks()).isGreaterThan(SEEDS_OF_SEVERAL * 100L);
  }

  @ParameterizedTest
  @ValueSource(longs = {88, 1140, 2579, 34, 190})
  void no_invariant_is_broken_by_a_seed_that_once_did(long seed) {
    assertThat(World.run(Cluster.ONE, seed, Mutation.NONE, false).broken()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1462, 2968, 6508})
  void no_invariant_is_broken_by_a_seed_of_several_that_once_did(long seed) {
    assertThat(World.run(Cluster.SEVERAL, seed, Mutation.NONE, false).broken()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void a_rule_that_is_broken_on_purpose_is_noticed(Mutation mutation)
      throws InterruptedException, ExecutionException {
    if (!Mutation.OF_SEVERAL.contains(mutation)) {
      assertThat(Seeds.caught(Cluster.ONE, mutation, MUTANT_SEEDS))
          .as(mutation.toString())
          .isPositive();
    }
    assertThat(Seeds.caught(Cluster.SEVERAL, mutation, MUTANT_SEEDS))
        .as(mutation.toString())
        .isPositive();
  }

  @Test
  void a_seed_is_the_same_run_every_time() {
    for (Cluster cluster : Cluster.values()) {
      World.Outcome one = World.run(cluster, 7, Mutation.NONE, true);
      World.Outcome other = World.run(cluster, 7, Mutation.NONE, true);
      assertThat(other.trace()).isEqualTo(one.trace()).isNotEmpty();
      assertThat(other.events()).isEqualTo(one.events());
    }
  }
}
