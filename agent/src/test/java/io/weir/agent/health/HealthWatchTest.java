package io.weir.agent.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.data.Offset.offset;

import io.weir.agent.health.Assignment.Place;
import io.weir.agent.health.Assignment.Share;
import io.weir.agent.health.Conclusions.Conclusion;
import io.weir.agent.health.Conclusions.Verdict;
import io.weir.agent.health.Effective.Basis;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.HealthCheck;
import io.weir.agent.model.Pool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HealthWatchTest {
  private static final long MS = 1_000_000;
  private static final List<Verdict> VERDICTS = List.of(Verdict.values());
  private static final List<Health> HEALTHS = List.of(Health.values());
  private static final Target A = new Target("p", "a:1");
  private static final Target B = new Target("p", "b:1");

  private final HealthWatch watch = new HealthWatch(new Random(1), 100);

  /** Monotonic, ns; where it begins says nothing. */
  private static final long START = Long.MAX_VALUE - 500 * MS;

  private long now = START;

  private Set<Target> dead = Set.of();
  private final List<DueProbe> begun = new ArrayList<>();

  private static HealthCheck check() {
    return new HealthCheck(
        new HealthCheck.Probe.Tcp(),
        Duration.ofSeconds(1),
        Duration.ofMillis(200),
        2,
        3,
        Duration.ofSeconds(5),
        0);
  }

  private static Pool pool(Optional<HealthCheck> check, String... addresses) {
    Duration any = Duration.ofSeconds(1);
    List<Endpoint> endpoints =
        IntStream.range(0, addresses.length)
            .mapToObj(i -> new Endpoint(addresses[i], "h", 1, 1, i, false))
            .toList();
    return new Pool(
        "p", endpoints, new Pool.Balance.RoundRobin(), check, new Pool.Timeouts(any, any, any), 0);
  }

  private long wall() {
    return 1_000_003 + (now - START) / MS;
  }

  private void declare(String... addresses) {
    watch.declare(List.of(pool(Optional.of(check()), addresses)), wall(), now);
  }

  /** Lets time pass; the dead answer after their time-out, the others after 1 ms. */
  private void pass(long millis) {
    long end = now + millis * MS;
    List<DueProbe> open = new ArrayList<>();
    while (end - now > 0) {
      for (DueProbe probe : watch.due(now)) {
        open.add(probe);
        begun.add(probe);
      }
      now += MS;
      for (DueProbe probe : List.copyOf(open)) {
        boolean fails = dead.contains(probe.target());
        if (!fails || now - probe.began() >= 200 * MS) {
          open.remove(probe);
          watch.finished(probe, fails ? Optional.of("late") : Optional.empty(), now);
        }
      }
    }
    for (DueProbe probe : open) {
      watch.finished(
          probe, dead.contains(probe.target()) ? Optional.of("late") : Optional.empty(), now);
    }
  }

  private long beginsOf(Target target) {
    return begun.stream().filter(probe -> probe.target().equals(target)).count();
  }

  private Effective effective(Target target) {
    return watch.effective(target).orElseThrow();
  }

  private Observation observation(Target target) {
    return watch.observation(target).orElseThrow();
  }

  private void assign(long term, long version, Map<Target, Place> places) {
    assertThat(watch.assign(new Assignment(term, version, new Share.Some(places)), wall(), now))
        .isTrue();
  }

  private void connect() {
    watch.connected("e", 1);
  }

  private void conclude(long version, Target target, Verdict verdict) {
    Conclusion conclusion = new Conclusion(verdict, 7, "5 of 5 agents cannot reach it");
    assertThat(
            watch.conclude(
                new Conclusions(1, version, false, Map.of(target, conclusion), Map.of())))
        .isTrue();
  }

  @Nested
  class WithoutAnAssignment {
    @Test
    void everyEndpointIsProbedOncePerInterval() {
      declare("a:1", "b:1");
      pass(10_000);
      assertThat(beginsOf(A)).isBetween(9L, 11L);
      assertThat(beginsOf(B)).isBetween(9L, 11L);
      assertThat(effective(A).health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void nothingIsKnownBeforeTheFirstProbe() {
      declare("a:1");
      assertThat(effective(A))
          .isEqualTo(new Effective(A, Health.UNKNOWN, Basis.NO_EVIDENCE, "", false));
      assertThat(observation(A).probed()).isEmpty();
    }
  }

  @Nested
  class AsAnObserver {
    @Test
    void itKeepsItsPlaceInTheInterval() {
      declare("a:1");
      assign(1, 1, Map.of(A, new Place(1, 4)));
      long phase = Math.floorMod(Phase.hash(A), 1_000 * MS) + 250 * MS;
      pass(5_000);
      assertThat(begun)
          .hasSizeGreaterThan(3)
          .allSatisfy(probe ->
              assertThat(Math.floorMod(3 * MS + probe.began() - START - phase, 1_000 * MS))
                  .isLessThan(3 * MS));
    }

    @Test
    void itProbesNothingElse() {
      declare("a:1", "b:1");
      assign(1, 1, Map.of(A, new Place(0, 1)));
      pass(5_000);
      assertThat(beginsOf(B)).isZero();
    }

    @Test
    void itRefusesAnOlderAssignment() {
      declare("a:1", "b:1");
      assign(2, 5, Map.of(A, new Place(0, 1)));
      Share other = new Share.Some(Map.of(B, new Place(0, 1)));
      assertThat(watch.assign(new Assignment(2, 4, other), wall(), now)).isFalse();
      assertThat(watch.assign(new Assignment(1, 9, other), wall(), now)).isFalse();
      pass(3_000);
      assertThat(beginsOf(B)).isZero();
    }

    @Test
    void anotherStoreBeginsAnew() {
      declare("a:1");
      watch.connected("e", 9);
      assign(9, 5, Map.of(A, new Place(0, 1)));
      watch.connected("other", 1);
      assign(1, 1, Map.of());
      pass(3_000);
      assertThat(begun).isEmpty();
    }
  }

  @Test
  void theProbesOfAllObserversAreSpreadOverTheInterval() {
    for (int i = 0; i < 100; i++) {
      Target target = new Target("p", "10.0.0." + i + ":80");
      long first = Phase.wait(target, new Place(0, 3), 1_000 * MS, 123_456);
      for (int place = 1; place < 3; place++) {
        long wait = Phase.wait(target, new Place(place, 3), 1_000 * MS, 123_456);
        assertThat(Math.floorMod(wait - first, 1_000 * MS) / MS)
            .isCloseTo(place * 333L, offset(1L));
      }
    }
  }

  @Test
  void thePhasesOfEndpointsAreSpreadOverTheInterval() {
    int[] tenths = new int[10];
    for (int i = 0; i < 1_000; i++) {
      Target target = new Target("p", "10.0." + i / 250 + "." + i % 250 + ":80");
      tenths[(int) (Phase.wait(target, new Place(0, 1), 1_000 * MS, 0) / (100 * MS))]++;
    }
    assertThat(IntStream.of(tenths).boxed())
        .allSatisfy(count -> assertThat(count).isBetween(60, 140));
  }

  @Nested
  class WhenAProbeFails {
    @Test
    void itIsProbedAgainAfterTheTimeoutUntilItIsUnhealthy() {
      declare("a:1");
      pass(3_000);
      begun.clear();
      watch.take();
      dead = Set.of(A);
      pass(1_700);
      List<Long> gaps = new ArrayList<>();
      for (int i = 1; i < 3; i++) {
        gaps.add((begun.get(i).began() - begun.get(i - 1).began()) / MS);
      }
      assertThat(gaps).containsExactly(200L, 200L);
      assertThat(effective(A))
          .isEqualTo(new Effective(A, Health.UNHEALTHY, Basis.OWN_PROBES, "late", false));
    }

    @Test
    void theDoubtIsNewsBeforeAnyChangeOfHealth() {
      declare("a:1");
      pass(3_000);
      watch.take();
      dead = Set.of(A);
      begun.clear();
      while (begun.isEmpty()) {
        pass(1);
      }
      List<Observation> news = watch.take().news();
      assertThat(news).hasSize(1);
      assertThat(news.getFirst().health()).isEqualTo(Health.HEALTHY);
      assertThat(news.getFirst().failures()).isEqualTo(1);
      assertThat(news.getFirst().reason()).isEqualTo("late");
    }

    @Test
    void aSuccessEndsTheDoubtAndIsNews() {
      declare("a:1");
      pass(3_000);
      dead = Set.of(A);
      begun.clear();
      while (begun.isEmpty()) {
        pass(1);
      }
      watch.take();
      dead = Set.of();
      pass(250);
      assertThat(watch.take().news())
          .singleElement()
          .satisfies(observation -> {
            assertThat(observation.failures()).isZero();
            assertThat(observation.successes()).isEqualTo(1);
            assertThat(observation.reason()).isEmpty();
          });
    }

    @Test
    void anUnhealthyEndpointIsProbedAtTheDownIntervalAndRisesAtTheUsualOne() {
      dead = Set.of(A);
      declare("a:1");
      pass(3_000);
      begun.clear();
      pass(20_000);
      assertThat(beginsOf(A)).isBetween(3L, 5L);
      dead = Set.of();
      begun.clear();
      while (effective(A).health() != Health.HEALTHY && begun.size() < 10) {
        pass(1);
      }
      assertThat(begun).hasSize(2);
      assertThat(begun.get(1).began() - begun.get(0).began()).isLessThanOrEqualTo(1_300 * MS);
    }
  }

  @Nested
  class AnEndpointThatOthersObserve {
    void declareUnassigned() {
      declare("a:1");
      connect();
      assign(1, 1, Map.of());
    }

    @Test
    void isProbedAtOnceWhenAskedAndReportedWhateverComesOfIt() {
      declareUnassigned();
      watch.verify(List.of(A), now);
      pass(5_000);
      assertThat(begun).hasSize(1);
      assertThat(watch.take().news()).singleElement().returns(1, Observation::successes);
      watch.verify(List.of(A), now);
      pass(5_000);
      assertThat(begun).hasSize(2);
      assertThat(watch.take().news()).singleElement().returns(2, Observation::successes);
    }

    @Test
    void isVerifiedByAProbeThatBeginsAfterItWasAsked() {
      declareUnassigned();
      watch.verify(List.of(A), now);
      DueProbe before = watch.due(now).getFirst();
      now += 10 * MS;
      watch.verify(List.of(A), now);
      assertThat(watch.due(now)).isEmpty();
      watch.finished(before, Optional.empty(), now);
      assertThat(watch.due(now)).hasSize(1);
    }

    @Test
    void isVerifiedUntilEnoughProbesHaveFailed() {
      declareUnassigned();
      dead = Set.of(A);
      watch.verify(List.of(A), now);
      pass(700);
      assertThat(observation(A).health()).isEqualTo(Health.UNHEALTHY);
      assertThat(effective(A).health()).isNotEqualTo(Health.UNHEALTHY);
      pass(700);
      assertThat(begun).hasSize(5);
      assertThat(observation(A).failures()).isEqualTo(5);
      assertThat(effective(A).basis()).isEqualTo(Basis.OWN_PROBES);
    }

    @Test
    void isTakenOutByFewerFailuresOnceThereIsNoControllerToAsk() {
      declareUnassigned();
      dead = Set.of(A);
      watch.verify(List.of(A), now);
      pass(700);
      watch.disconnected();
      assertThat(effective(A).basis()).isEqualTo(Basis.OWN_PROBES);
    }

    @Test
    void isProbedUntilItIsBackOnceItIsUnhealthyHere() {
      declareUnassigned();
      dead = Set.of(A);
      watch.doubt(A, now);
      pass(1_000);
      assertThat(effective(A).basis()).isEqualTo(Basis.OWN_PROBES);
      dead = Set.of();
      pass(10_000);
      assertThat(effective(A).health()).isEqualTo(Health.HEALTHY);
      begun.clear();
      pass(10_000);
      assertThat(begun).isEmpty();
    }

    @Test
    void isProbedOnceWhenTrafficDoubtsItWithoutReason() {
      declareUnassigned();
      watch.doubt(A, now);
      watch.doubt(A, now);
      pass(5_000);
      assertThat(begun).hasSize(1);
    }
  }

  @Nested
  class WhatPicksGoBy {
    @Test
    void isTheVerdictWhileTheControllerIsConnected() {
      declare("a:1");
      connect();
      pass(3_000);
      conclude(1, A, Verdict.UNHEALTHY);
      assertThat(effective(A).health()).isEqualTo(Health.UNHEALTHY);
      assertThat(effective(A).basis()).isEqualTo(Basis.VERDICT);
      assertThat(effective(A).reason()).isEqualTo("5 of 5 agents cannot reach it");
      conclude(2, A, Verdict.HEALTHY);
      assertThat(effective(A).health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void areItsOwnProbesWhereTheyFindItUnhealthyWhateverTheVerdict() {
      declare("a:1");
      connect();
      dead = Set.of(A);
      pass(3_000);
      conclude(1, A, Verdict.HEALTHY);
      assertThat(effective(A).basis()).isEqualTo(Basis.OWN_PROBES);
      assertThat(effective(A).health()).isEqualTo(Health.UNHEALTHY);
    }

    @Test
    void areItsOwnProbesWhereSomeReachItAndSomeDoNot() {
      declare("a:1");
      connect();
      pass(3_000);
      conclude(1, A, Verdict.ASYMMETRIC);
      assertThat(effective(A).health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void isTheOperatorsWordOverEverythingElse() {
      dead = Set.of(A);
      declare("a:1");
      pass(3_000);
      Pool with = pool(Optional.of(check()), "a:1");
      Endpoint forced = new Endpoint("a:1", "h", 1, 1, 0, false, "", Optional.of(Health.HEALTHY));
      watch.declare(
          List.of(
              new Pool("p", List.of(forced), with.balance(), with.health(), with.timeouts(), 0)),
          wall(),
          now);
      assertThat(effective(A)).isEqualTo(new Effective(A, Health.HEALTHY, Basis.FORCED, "", false));
      assertThat(observation(A).health()).isEqualTo(Health.UNHEALTHY);
      declare("a:1");
      assertThat(effective(A).basis()).isEqualTo(Basis.OWN_PROBES);
    }

    @Test
    void isNoVerdictOfAnOlderVersionOrTerm() {
      declare("a:1");
      watch.connected("e", 3);
      Map<Target, Conclusion> down = Map.of(A, new Conclusion(Verdict.UNHEALTHY, 1, "x"));
      assertThat(watch.conclude(new Conclusions(3, 5, true, Map.of(), Map.of()))).isTrue();
      assertThat(watch.conclude(new Conclusions(3, 4, false, down, Map.of()))).isFalse();
      assertThat(watch.conclude(new Conclusions(2, 9, true, down, Map.of()))).isFalse();
      assertThat(effective(A).health()).isEqualTo(Health.UNKNOWN);
    }

    @Test
    void isForgottenWithACompleteSetThatLacksIt() {
      declare("a:1");
      connect();
      conclude(1, A, Verdict.UNHEALTHY);
      assertThat(watch.conclude(new Conclusions(1, 2, true, Map.of(), Map.of()))).isTrue();
      assertThat(effective(A).health()).isEqualTo(Health.UNKNOWN);
    }

    @Test
    void holdsBackEndpointsBelowThePoolsFloor() {
      declare("a:1", "b:1");
      connect();
      watch.take();
      watch.conclude(new Conclusions(1, 1, true, Map.of(), Map.of("p", 1)));
      assertThat(watch.take().changed())
          .extracting(Effective::target, Effective::belowFloor)
          .containsExactly(tuple(A, true));
      watch.conclude(new Conclusions(1, 2, false, Map.of(), Map.of("p", 0)));
      assertThat(effective(A).belowFloor()).isFalse();
    }
  }

  @Nested
  class WithoutAController {
    @Test
    void theMajorityOfThoseThatKnowDecides() {
      declare("a:1");
      watch.membersAlive(Set.of("x", "y", "z"));
      watch.heard("x", A, Health.UNHEALTHY, now);
      assertThat(effective(A).basis()).isEqualTo(Basis.PEERS);
      watch.heard("y", A, Health.HEALTHY, now);
      assertThat(effective(A).health()).isEqualTo(Health.UNKNOWN);
      watch.heard("z", A, Health.UNHEALTHY, now);
      assertThat(effective(A).health()).isEqualTo(Health.UNHEALTHY);
      pass(2_000); // this agent reaches it
      assertThat(effective(A).health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void theDeadHaveNoVoice() {
      declare("a:1");
      watch.heard("x", A, Health.UNHEALTHY, now);
      assertThat(effective(A).health()).isEqualTo(Health.UNKNOWN);
      watch.membersAlive(Set.of("x"));
      assertThat(effective(A).health()).isEqualTo(Health.UNHEALTHY);
      watch.membersAlive(Set.of());
      assertThat(effective(A).health()).isEqualTo(Health.UNKNOWN);
      watch.membersAlive(Set.of("x"));
      assertThat(effective(A).health()).isEqualTo(Health.UNKNOWN);
    }

    @Test
    void whatWasHeardOfAnEndpointBeforeItWasDeclaredCounts() {
      watch.membersAlive(Set.of("x"));
      watch.heard("x", A, Health.UNHEALTHY, now);
      declare("a:1");
      assertThat(effective(A).basis()).isEqualTo(Basis.PEERS);
    }

    @Test
    void whatAnotherFindsUnhealthyIsProbedHereAtOnce() {
      declare("a:1");
      assign(1, 1, Map.of());
      watch.membersAlive(Set.of("x"));
      watch.heard("x", A, Health.UNHEALTHY, now);
      assertThat(watch.due(now)).hasSize(1);
    }

    @Test
    void theLastVerdictHoldsUntilOwnProbesOrPeersKnowBetter() {
      declare("a:1");
      connect();
      pass(3_000);
      assign(1, 1, Map.of());
      conclude(1, A, Verdict.UNHEALTHY);
      watch.disconnected();
      assertThat(effective(A).basis()).isEqualTo(Basis.VERDICT);
      pass(20_000);
      assertThat(effective(A).health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void aControllerThatKnowsOfNoLeaderIsNoneToGoBy() {
      declare("a:1");
      connect();
      pass(3_000);
      assign(1, 1, Map.of());
      conclude(1, A, Verdict.UNHEALTHY);
      watch.connected("e", 0);
      pass(20_000);
      assertThat(effective(A).health()).isEqualTo(Health.HEALTHY);
      connect();
      assertThat(effective(A).basis()).isEqualTo(Basis.VERDICT);
    }

    @Test
    void theControllersWordCountsAgainOnceItIsThere() {
      declare("a:1");
      watch.membersAlive(Set.of("x"));
      watch.heard("x", A, Health.UNHEALTHY, now);
      connect();
      assertThat(effective(A).health()).isEqualTo(Health.UNKNOWN);
    }
  }

  @Nested
  class WhenTheConfigChanges {
    @Test
    void anUnchangedCheckKeepsStandingAndTurns() {
      declare("a:1");
      pass(3_000);
      Observation before = observation(A);
      long next = watch.nextDue().orElseThrow();
      declare("a:1", "b:1");
      assertThat(observation(A)).isEqualTo(before);
      assertThat(watch.nextDue().orElseThrow() - next).isLessThanOrEqualTo(0);
    }

    @Test
    void anotherCheckKeepsTheStandingAndDropsWhatIsUnderWay() {
      declare("a:1");
      pass(3_000);
      watch.verify(List.of(A), now);
      DueProbe old = watch.due(now).getFirst();
      HealthCheck other =
          new HealthCheck(
              new HealthCheck.Probe.Tcp(), Duration.ofSeconds(2), Duration.ofSeconds(1), 1, 1);
      watch.declare(List.of(pool(Optional.of(other), "a:1")), wall(), now);
      watch.finished(old, Optional.of("refused"), now);
      assertThat(effective(A).health()).isEqualTo(Health.HEALTHY);
      assertThat(observation(A).failures()).isZero();
    }

    @Test
    void withoutACheckItIsUnknownAndLeftAlone() {
      dead = Set.of(A);
      declare("a:1");
      pass(3_000);
      watch.declare(List.of(pool(Optional.empty(), "a:1")), wall(), now);
      assertThat(effective(A).basis()).isEqualTo(Basis.NO_EVIDENCE);
      assertThat(watch.nextDue()).isEmpty();
      watch.verify(List.of(A), now);
      watch.doubt(A, now);
      assertThat(watch.nextDue()).isEmpty();
    }

    @Test
    void whatIsGoneIsNoLongerProbed() {
      declare("a:1");
      declare("b:1");
      pass(3_000);
      assertThat(beginsOf(A)).isZero();
      assertThat(watch.effective(A)).isEmpty();
    }
  }

  @Test
  void noMoreProbesAreUnderWayThanAllowed() {
    HealthWatch narrow = new HealthWatch(new Random(1), 3);
    List<String> addresses = IntStream.range(0, 20).mapToObj(i -> "h:" + (i + 1)).toList();
    narrow.declare(List.of(pool(Optional.of(check()), addresses.toArray(String[]::new))), 0, now);
    List<DueProbe> open = narrow.due(now + 5_000 * MS);
    assertThat(open).hasSize(3);
    assertThat(narrow.nextDue()).isEmpty();
    narrow.finished(open.getFirst(), Optional.empty(), now + 5_001 * MS);
    assertThat(narrow.due(now + 5_001 * MS)).hasSize(1);
  }

  /** Whatever happens in whatever order. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void atMostOneProbeOfAnEndpointIsUnderWayAndEachDueOneBegins(long seed) {
    Random random = new Random(seed);
    List<Target> all = List.of(A, B, new Target("p", "c:1"), new Target("p", "d:1"));
    Map<Target, DueProbe> open = new HashMap<>();
    declare("a:1", "b:1", "c:1", "d:1");
    for (int step = 0; step < 5_000; step++) {
      now += random.nextLong(300 * MS);
      Target target = all.get(random.nextInt(all.size()));
      switch (random.nextInt(9)) {
        case 0 -> watch.verify(List.of(target), now);
        case 1 -> watch.doubt(target, now);
        case 2 -> conclude(step, target, VERDICTS.get(random.nextInt(4)));
        case 3 -> {
          Set<Target> some = new HashSet<>(all);
          some.removeIf(_ -> random.nextBoolean());
          Map<Target, Place> places = new HashMap<>();
          some.forEach(each -> places.put(each, new Place(random.nextInt(3), 3)));
          assign(1, step, places);
        }
        case 4 -> watch.connected("e", 1);
        case 5 -> watch.disconnected();
        case 6 -> watch.heard("x", target, HEALTHS.get(random.nextInt(3)), now);
        case 7 -> watch.membersAlive(random.nextBoolean() ? Set.of("x") : Set.of());
        default -> {
          DueProbe ended = open.remove(target);
          if (ended != null) {
            watch.finished(ended, random.nextBoolean() ? Optional.of("no") : Optional.empty(), now);
          }
        }
      }
      for (DueProbe probe : watch.due(now)) {
        assertThat(open.put(probe.target(), probe))
            .as("seed %d, step %d, %s", seed, step, probe.target())
            .isNull();
      }
      assertThat(watch.nextDue().stream().allMatch(next -> next - now > 0)).isTrue();
      for (Target each : all) {
        Observation seen = observation(each);
        assertThat(Math.min(seen.failures(), seen.successes())).isZero();
        if (seen.failures() >= 5) {
          assertThat(effective(each).health()).isEqualTo(Health.UNHEALTHY);
        }
      }
    }
  }
}
