package io.weir.controller.health;

import static io.weir.controller.health.Agents.MILLI;
import static io.weir.controller.health.Agents.SECOND;
import static io.weir.controller.health.Agents.member;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import io.weir.v1.HealthReport;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class VerdictBoardTest {
  private static final Verdict HEALTHY = new Verdict.Healthy();
  private static final Verdict UNHEALTHY = new Verdict.Unhealthy();

  private static Verdict asymmetric(String... agents) {
    return new Verdict.Asymmetric(new TreeSet<>(java.util.Set.of(agents)));
  }

  private static Agents settled(int agents, int endpoints) {
    return new Agents(agents, endpoints).run(3 * SECOND);
  }

  @Nested
  final class AnEndpointThatDies {
    @Test
    void isEjectedWithinOneRoundOfProbesWhateverTheSizeOfTheFleet() {
      for (int agents : new int[] {1, 2, 3, 4, 5, 20, 100}) {
        Agents fleet = settled(agents, 5);
        assertThat(fleet.verdict(2)).isEqualTo(HEALTHY);
        fleet.reaches = (_, endpoint) -> !endpoint.equals(fleet.endpoints.get(2));
        fleet.run((agents == 1 ? 4 : 2) * SECOND);
        assertThat(fleet.verdict(2)).as("%d agents", agents).isEqualTo(UNHEALTHY);
        assertThat(fleet.judged()).hasSize(1);
        assertThat(fleet.judged().getFirst().votes())
            .hasSizeGreaterThanOrEqualTo(Math.min(agents / 2 + 1, 31));
        assertThat(fleet.judged().getFirst().reason()).contains("none of the").contains("refused");
      }
    }

    @Test
    void isHealthyAgainAfterRiseProbesOfMostOfItsObservers() {
      Agents fleet = settled(5, 5);
      fleet.reaches = (_, endpoint) -> !endpoint.equals(fleet.endpoints.get(2));
      fleet.run(2 * SECOND);
      fleet.reaches = (_, _) -> true;
      fleet.run(990 * MILLI);
      assertThat(fleet.verdict(2)).isEqualTo(UNHEALTHY);
      fleet.run(2 * SECOND);
      assertThat(fleet.verdict(2)).isEqualTo(HEALTHY);
    }

    @Test
    void staysOutLongerEachTimeItFlaps() {
      Agents fleet = settled(5, 5);
      long[] out = new long[4];
      for (int i = 0; i < out.length; i++) {
        fleet.reaches = (_, endpoint) -> !endpoint.equals(fleet.endpoints.get(2));
        fleet.run(2 * SECOND);
        assertThat(fleet.verdict(2)).isEqualTo(UNHEALTHY);
        long ejected = fleet.now;
        fleet.reaches = (_, _) -> true;
        while (fleet.verdict(2).equals(UNHEALTHY)) {
          fleet.run(100 * MILLI);
        }
        out[i] = fleet.now - ejected;
      }
      assertThat(out[0]).isLessThan(3 * SECOND);
      assertThat(out[1]).isBetween(3 * SECOND, 5 * SECOND);
      assertThat(out[2]).isBetween(8 * SECOND, 10 * SECOND);
      assertThat(out[3]).isBetween(18 * SECOND, 20 * SECOND);
    }
  }

  @Nested
  final class WhenAgentsDisagree {
    @Test
    void aLostProbeIsRefutedByTheOthers() {
      Agents fleet = settled(5, 20);
      Random random = new Random(7);
      fleet.reaches = (_, _) -> random.nextInt(100) > 0;
      fleet.run(120 * SECOND);
      assertThat(fleet.judged()).isEmpty();
    }

    @Test
    void theMinorityGoesByWhatItSeesItself() {
      Agents fleet = settled(5, 20);
      fleet.reaches =
          (agent, endpoint) -> !(agent.equals(observer(fleet)) && endpoint.equals(at(fleet, 2)));
      fleet.run(3 * SECOND);
      assertThat(fleet.verdict(2)).isEqualTo(asymmetric(observer(fleet)));
      fleet.reaches = (_, _) -> true;
      fleet.run(4 * SECOND);
      assertThat(fleet.verdict(2)).isEqualTo(HEALTHY);
    }

    @Test
    void theMajorityIsBelieved() {
      Agents fleet = settled(5, 20);
      fleet.reaches =
          (agent, endpoint) ->
              !endpoint.equals(at(fleet, 2)) || agent.equals("agent-3") || agent.equals("agent-4");
      fleet.run(4 * SECOND);
      assertThat(fleet.verdict(2)).isEqualTo(UNHEALTHY);
    }

    @Test
    void whatWaitedOnAStalledConnectionIsNoNews() {
      for (long late : new long[] {0, 5 * SECOND, 14 * SECOND}) {
        Agents fleet = settled(5, 5);
        for (int probe = 0; probe < 5; probe++) {
          for (int agent = 0; agent < 5; agent++) {
            Target target = new Target(Agents.POOL, at(fleet, 2));
            HealthReport said = Agents.says(target, probe, probe == 0 ? 1 : 0);
            long now = fleet.now + (probe == 0 ? 0 : 14 * SECOND);
            Duration sent = Durations.fromNanos(now - (probe == 0 ? 0 : late) + probe);
            fleet.board.report("agent-" + agent, said.toBuilder().setSent(sent).build(), now);
          }
        }
        assertThat(fleet.verdict(2)).isEqualTo(late == 0 ? UNHEALTHY : HEALTHY);
      }
    }

    @Test
    void anAgentCutOffFromEverythingEjectsNothingAndIsNamed() {
      Agents fleet = settled(20, 1_000);
      fleet.reaches = (agent, _) -> !agent.equals("agent-7");
      fleet.run(5 * SECOND);
      assertThat(fleet.board.verdicts().values()).doesNotContain(UNHEALTHY);
      assertThat(fleet.board.isTrusted("agent-7")).isFalse();
      assertThat(fleet.effects(Effect.Trusted.class))
          .singleElement()
          .satisfies(told -> assertThat(told.reason()).startsWith("agent-7 does not reach "));
      assertThat(fleet.board.assignment("agent-7")).isEmpty();
      assertThat(fleet.board.verdicts().values()).containsOnly(HEALTHY);

      fleet.reaches = (_, _) -> true;
      fleet.run(5 * SECOND);
      assertThat(fleet.board.isTrusted("agent-7")).isTrue();
      assertThat(fleet.board.assignment("agent-7")).isNotEmpty();
    }

    private static String at(Agents fleet, int endpoint) {
      return fleet.endpoints.get(endpoint);
    }

    private static String observer(Agents fleet) {
      return fleet.board.explain(fleet.target(2), fleet.now).orElseThrow().observers().getFirst();
    }
  }

  @Nested
  final class WhenTooMuchFailsAtOnce {
    @Test
    void nothingMoreIsEjectedUntilItIsCalm() {
      Agents fleet = settled(5, 200);
      fleet.reaches = (_, _) -> false;
      fleet.run(8 * SECOND);
      assertThat(fleet.board.isFrozen()).isTrue();
      assertThat(fleet.board.verdicts().values().stream().filter(UNHEALTHY::equals).count())
          .isLessThanOrEqualTo(50);
      fleet.run(6 * SECOND);
      assertThat(fleet.board.isFrozen()).isFalse();
      assertThat(fleet.board.verdicts().values()).containsOnly(UNHEALTHY);
      assertThat(fleet.effects(Effect.Frozen.class)).hasSize(2);
    }
  }

  @Nested
  final class WhoCounts {
    @Test
    void aControllerWithTheLesserPartOfTheFleetEjectsNothing() {
      Agents fleet = settled(6, 5);
      for (int i = 0; i < 3; i++) {
        fleet.cutOff("agent-" + i);
      }
      fleet.reaches = (_, _) -> false;
      fleet.run(5 * SECOND);
      assertThat(fleet.board.verdicts().values()).doesNotContain(UNHEALTHY);
      for (int i = 0; i < 3; i++) {
        fleet.take(fleet.board.forget("agent-" + i, fleet.now));
      }
      fleet.run(2 * SECOND);
      assertThat(fleet.board.verdicts().values()).containsOnly(UNHEALTHY);
    }

    @Test
    void anAgentThatDoubtsItselfOpensNoDoubt() {
      Agents fleet = settled(5, 5);
      for (int i = 0; i < 5; i++) {
        fleet.take(fleet.board.member(member("agent-" + i, true, true, 2), fleet.now));
      }
      fleet.reaches = (_, _) -> false;
      fleet.run(3 * SECOND);
      assertThat(fleet.effects(Effect.Verify.class)).isEmpty();
    }

    @Test
    void anEndpointNobodySpeaksOfStaysAsItWasLeft() {
      VerdictBoard board = new VerdictBoard(Settings.DEFAULT);
      Agents fleet = settled(3, 1);
      Target target = fleet.target(0);
      board.declare(
          Map.of(Agents.POOL, new VerdictBoard.PoolCheck(Agents.CHECK, fleet.endpoints)), 0);
      board.restore(target, new VerdictBoard.Restored(UNHEALTHY, "as before", Flaps.NONE), 0);
      board.member(member("agent-0", true, true, 0), 0);
      board.reassign();
      for (long at = 0; at < 60 * SECOND; at += SECOND) {
        assertThat(board.tick(at)).isEmpty();
      }
      assertThat(board.verdict(target)).isEqualTo(UNHEALTHY);
    }
  }

  @Test
  void whoDoesNotReachAnEndpointIsRememberedUntilItSpeaks() {
    VerdictBoard board = new VerdictBoard(Settings.DEFAULT);
    Agents fleet = settled(3, 1);
    Target target = fleet.target(0);
    board.declare(
        Map.of(Agents.POOL, new VerdictBoard.PoolCheck(Agents.CHECK, fleet.endpoints)), 0);
    board.restore(
        target, new VerdictBoard.Restored(asymmetric("agent-1"), "as before", Flaps.NONE), 0);
    board.member(member("agent-0", true, true, 0), 0);
    board.member(member("agent-1", false, true, 0), 0);
    board.reassign();
    board.report("agent-0", Agents.says(target, 0, 5), SECOND);
    assertThat(board.verdict(target)).isEqualTo(asymmetric("agent-1"));
    board.member(member("agent-1", true, true, 0), 2 * SECOND);
    board.report("agent-1", Agents.says(target, 0, 5), 2 * SECOND);
    assertThat(board.verdict(target)).isEqualTo(HEALTHY);
  }

  @Test
  void theSameIsSaidOfTheSameWhateverTheSeed() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 20; round++) {
      int agents = 1 + random.nextInt(12);
      Agents fleet = settled(agents, 3);
      int blind = random.nextInt(agents + 1);
      int dead = random.nextInt(2);
      fleet.reaches =
          (agent, endpoint) ->
              !(endpoint.equals(fleet.endpoints.getFirst())
                  && (dead == 1 || Integer.parseInt(agent.substring(6)) < blind));
      fleet.run(8 * SECOND);
      int seeing = dead == 1 ? 0 : agents - blind;
      boolean ejected = fleet.verdict(0).equals(UNHEALTHY);
      if (seeing > agents / 2) {
        assertThat(ejected).as("seed %d: %d of %d reach it", seed, seeing, agents).isFalse();
      }
      if (seeing == 0) {
        assertThat(ejected).as("seed %d: none of %d reaches it", seed, agents).isTrue();
      }
    }
  }
}
