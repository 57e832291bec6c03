package io.weir.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool.Balance;
import io.weir.agent.model.Steering;
import io.weir.agent.model.Steering.SlowStart;
import io.weir.agent.model.Steering.Sticky;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class SteeringTest {
  private static final Balance ROUND_ROBIN = new Balance.RoundRobin();

  private static Endpoint[] level(int priority, int count) {
    Endpoint[] endpoints = new Endpoint[count];
    for (int i = 0; i < count; i++) {
      endpoints[i] = TestPool.endpoint("p" + priority + "e" + i, 1, priority, "");
    }
    return endpoints;
  }

  private static Endpoint[] join(Endpoint[]... levels) {
    List<Endpoint> all = new ArrayList<>();
    for (Endpoint[] level : levels) {
      all.addAll(List.of(level));
    }
    return all.toArray(Endpoint[]::new);
  }

  private static int of(Map<String, Integer> counts, String prefix) {
    return counts.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  @Nested
  final class Priorities {
    private final TestPool pool = new TestPool(ROUND_ROBIN, join(level(0, 100), level(1, 10)));

    private void failing(int priority, int count) {
      for (int i = 0; i < count; i++) {
        pool.health("p" + priority + "e" + i, Health.UNHEALTHY);
      }
    }

    @Test
    void seventyTwoPercentCarryAll() {
      failing(0, 28);
      assertThat(of(pool.requests(10_000), "p1")).isZero();
    }

    @Test
    void beyondThatTheNextPriorityGetsTheRest() {
      failing(0, 40);
      assertThat(of(pool.requests(10_000), "p1")).isBetween(1_400, 1_800); // 1 - 0.6 * 1.4
    }

    @Test
    void theSameTableAsEnvoys() {
      // Percent usable of priorities 0, 1, 2 and the load of each.
      int[][] cases = {
        {100, 100, 100, 100, 0, 0},
        {72, 72, 100, 100, 0, 0},
        {71, 71, 100, 99, 1, 0},
        {50, 50, 100, 70, 30, 0},
        {25, 100, 100, 35, 65, 0},
        {25, 25, 100, 35, 35, 30},
        {25, 25, 20, 37, 35, 28},
      };
      for (int[] one : cases) {
        int[] loads =
            Spread.of(new int[] {100, 100, 100}, new int[] {one[0], one[1], one[2]}, 140, 0)
                .loads();
        assertThat(loads).containsExactly(one[3], one[4], one[5]);
      }
    }

    @Test
    void healthIsNotBelievedWhenTooFewAreLeft() {
      failing(0, 60);
      failing(1, 8);
      Map<String, Integer> counts = pool.requests(22_000);
      // 40 and 20 percent make less than a whole, and both are below 50: by number of endpoints.
      assertThat(of(counts, "p0")).isBetween(19_500, 20_500);
      assertThat(counts).hasSize(110);
    }

    @Test
    void healthIsBelievedToTheEndWithoutAThreshold() {
      pool.steering = new Steering(Optional.empty(), 140, 0, false, Optional.empty(), 0);
      pool.changed();
      failing(0, 99);
      failing(1, 10);
      assertThat(pool.requests(100)).containsOnlyKeys("p0e99");
      failing(0, 100);
      assertThat(pool.balancer.pick(new Ticket(), PickInput.NONE, Set.of(), pool.now)).isFalse();
    }
  }

  @Nested
  final class Zones {
    private TestPool pool(int here, int there) {
      Endpoint[] endpoints = new Endpoint[here + there];
      for (int i = 0; i < endpoints.length; i++) {
        endpoints[i] =
            i < here
                ? TestPool.endpoint("here" + i, 1, 0, "a")
                : TestPool.endpoint("there" + i, 1, 0, "b");
      }
      return new TestPool(
          ROUND_ROBIN,
          new Steering(Optional.empty(), 140, 50, true, Optional.empty(), 0),
          new Locality("agent", "a"),
          endpoints);
    }

    @Test
    void trafficStaysInItsZone() {
      assertThat(of(pool(5, 5).requests(1_000), "there")).isZero();
    }

    @Test
    void whatTheZoneCannotCarryLeavesIt() {
      TestPool pool = pool(10, 10);
      for (int i = 0; i < 5; i++) {
        pool.health("here" + i, Health.UNHEALTHY);
      }
      assertThat(of(pool.requests(10_000), "there")).isBetween(2_800, 3_200); // 1 - 0.5 * 1.4
    }

    @Test
    void aSmallZoneIsNotGivenMoreThanItsPart() {
      // One of ten endpoints for a half of the agents: 1.4 * 2 / 10.
      assertThat(of(pool(1, 9).requests(10_000), "here")).isBetween(2_600, 3_000);
    }

    @Test
    void aZoneWithoutEndpointsUsesTheOthers() {
      assertThat(of(pool(0, 3).requests(9), "there")).isEqualTo(9);
    }
  }

  @Nested
  final class SlowStarts {
    private final SlowStart slowStart = new SlowStart(Duration.ofSeconds(10), 1);
    private final TestPool pool =
        new TestPool(
            ROUND_ROBIN,
            new Steering(Optional.empty(), 140, 0, false, Optional.of(slowStart), 0),
            Locality.NOWHERE,
            TestPool.endpoint("a", 10),
            TestPool.endpoint("b", 10));

    private double partOfB() {
      return pool.requests(100).getOrDefault("b", 0) / 100.0; // within 100 ms
    }

    @Test
    void whoReturnsGetsMoreAndMore() {
      assertThat(partOfB()).isEqualTo(0.5);
      pool.health("b", Health.UNHEALTHY);
      assertThat(partOfB()).isZero();
      pool.health("b", Health.HEALTHY);
      assertThat(partOfB()).isBetween(0.08, 0.1); // 0.1 of its weight
      pool.now += 2_900_000_000L;
      assertThat(partOfB()).isBetween(0.21, 0.25); // 0.3
      pool.now += 2_900_000_000L;
      assertThat(partOfB()).isBetween(0.35, 0.4); // 0.6
      pool.now += 5_000_000_000L;
      assertThat(partOfB()).isBetween(0.49, 0.51);
    }

    @Test
    void soDoesWhoJoins() {
      pool.requests(10);
      pool.endpoints.add(TestPool.endpoint("c", 10));
      pool.changed();
      assertThat(pool.requests(100).getOrDefault("c", 0)).isBetween(3, 7);
    }

    @Test
    void theCurveIsEnvoys() {
      SlowStart quick = new SlowStart(Duration.ofSeconds(10), 2);
      assertThat(EffectiveSet.ramp(quick, 2_500_000_000L)).isEqualTo(0.5);
      assertThat(EffectiveSet.ramp(quick, 1)).isEqualTo(0.1);
      assertThat(EffectiveSet.ramp(quick, 10_000_000_000L)).isEqualTo(1);
    }
  }

  @Nested
  final class Subsets {
    private TestPool pool(String agent) {
      return new TestPool(
          ROUND_ROBIN,
          new Steering(Optional.empty(), 140, 50, false, Optional.empty(), 20),
          new Locality(agent, ""),
          level(0, 200));
    }

    @Test
    void anAgentUsesItsPartAndAllAgentsUseAll() {
      Set<String> used = new HashSet<>();
      for (int agent = 0; agent < 60; agent++) {
        Set<String> own = pool("agent" + agent).requests(200).keySet();
        assertThat(own).hasSize(20);
        assertThat(pool("agent" + agent).requests(200).keySet()).isEqualTo(own);
        used.addAll(own);
      }
      assertThat(used).hasSizeGreaterThan(195);
    }

    @Test
    void whenOneFailsOneTakesItsPlace() {
      TestPool pool = pool("agent");
      Set<String> before = new HashSet<>(pool.requests(200).keySet());
      String failed = before.iterator().next();
      pool.health(failed, Health.UNHEALTHY);
      Set<String> after = pool.requests(200).keySet();
      assertThat(after).hasSize(20).doesNotContain(failed);
      before.remove(failed);
      assertThat(after).containsAll(before);
    }
  }

  @Nested
  final class Stickiness {
    private final TestPool pool =
        new TestPool(
            new Balance.LeastLatency(),
            new Steering(
                Optional.of(new Sticky("srv", Optional.empty())),
                140,
                50,
                false,
                Optional.empty(),
                0),
            Locality.NOWHERE,
            level(0, 10));

    @Test
    void aClientComesBackToItsEndpoint() {
      Ticket first = pool.pick(PickInput.NONE);
      assertThat(first.newcomer()).isTrue();
      for (int i = 0; i < 50; i++) {
        Ticket next = pool.pick(TestPool.token(first.token()));
        assertThat(next.endpoint()).isEqualTo(first.endpoint());
        assertThat(next.newcomer()).isFalse();
      }
    }

    @Test
    void unlessThatCannotServe() {
      Ticket first = pool.pick(PickInput.NONE);
      long token = first.token();
      String address = first.endpoint().address();
      pool.health(address, Health.UNHEALTHY);
      Ticket next = pool.pick(TestPool.token(token));
      assertThat(next.endpoint().address()).isNotEqualTo(address);
      assertThat(next.newcomer()).isTrue();
      pool.health(address, Health.HEALTHY);
      Ticket retried = pool.pick(TestPool.token(token), address);
      assertThat(retried.endpoint().address()).isNotEqualTo(address);
    }

    @Test
    void aTokenThatIsNobodysIsReplaced() {
      Ticket ticket = pool.pick(TestPool.token(42));
      assertThat(ticket.newcomer()).isTrue();
      byte[] text = Token.text(ticket.token()).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      assertThat(Token.parse(text, 0, text.length)).isEqualTo(ticket.token());
      assertThat(Token.parse(text, 1, text.length)).isZero();
    }
  }

  @Nested
  class BelowAFloor {
    private final TestPool pool =
        new TestPool(
            new Balance.RoundRobin(),
            TestPool.endpoint("main", 1, 0, ""),
            TestPool.endpoint("backup", 1, 1, ""),
            TestPool.endpoint("last", 1, 2, ""));

    private void floorAt1() {
      pool.state("main").judged(new EndpointState.Judgement(Health.HEALTHY, "", true));
    }

    @Test
    void endpointsTakeNothingWhileOthersCan() {
      floorAt1();
      assertThat(pool.requests(100)).containsOnlyKeys("backup");
      pool.health("backup", Health.UNHEALTHY);
      assertThat(pool.requests(100)).containsOnlyKeys("last");
    }

    @Test
    void theyServeWhenNobodyElseCan() {
      floorAt1();
      pool.health("backup", Health.UNHEALTHY);
      pool.health("last", Health.UNHEALTHY);
      assertThat(pool.requests(100)).containsOnlyKeys("main");
    }

    @Test
    void retriesDoNotGoThereEither() {
      floorAt1();
      Set<String> tried = Set.of("backup", "last");
      assertThat(pool.balancer.pick(new Ticket(), PickInput.NONE, tried, pool.now)).isFalse();
    }

    @Test
    void itIsSaidWhy() {
      floorAt1();
      Explanation explanation = pool.balancer.explain(PickInput.NONE, Set.of(), pool.now);
      assertThat(explanation.considered().getFirst().excluded())
          .contains(new Exclusion.BelowFloor());
      assertThat(explanation.picked()).contains("backup");
    }

    @Test
    void trafficComesBackWithTheFloor() {
      floorAt1();
      assertThat(pool.requests(10)).containsOnlyKeys("backup");
      pool.state("main").judged(new EndpointState.Judgement(Health.HEALTHY, "", false));
      assertThat(pool.requests(10)).containsOnlyKeys("main");
    }
  }

  /** Priorities, health, floors and panic thresholds of all kinds. */
  @Test
  void whileAnyEndpointIsUsableThereIsOneToPick() {
    Random random = new Random(TestPool.SEED);
    for (int run = 0; run < 2_000; run++) {
      Endpoint[] endpoints = new Endpoint[1 + random.nextInt(6)];
      for (int i = 0; i < endpoints.length; i++) {
        endpoints[i] = TestPool.endpoint("e" + i, random.nextInt(3), random.nextInt(3), "");
      }
      Steering steering =
          new Steering(Optional.empty(), 140, random.nextInt(3) * 50, false, Optional.empty(), 0);
      TestPool pool = new TestPool(new Balance.RoundRobin(), steering, Locality.NOWHERE, endpoints);
      int floor = random.nextInt(3);
      Set<String> usable = new HashSet<>();
      Set<String> preferred = new HashSet<>();
      for (Endpoint endpoint : endpoints) {
        boolean below = endpoint.priority() < floor;
        Health health = random.nextBoolean() ? Health.UNHEALTHY : Health.HEALTHY;
        pool.state(endpoint.address()).judged(new EndpointState.Judgement(health, "", below));
        if (health == Health.HEALTHY && endpoint.weight() > 0) {
          usable.add(endpoint.address());
          if (!below) {
            preferred.add(endpoint.address());
          }
        }
      }
      Ticket ticket = new Ticket();
      boolean picked = pool.balancer.pick(ticket, PickInput.NONE, Set.of(), pool.now);
      if (!usable.isEmpty()) {
        assertThat(picked).as("seed %d, run %d", TestPool.SEED, run).isTrue();
      }
      if (!preferred.isEmpty()) {
        assertThat(ticket.endpoint().priority())
            .as("seed %d, run %d", TestPool.SEED, run)
            .isGreaterThanOrEqualTo(floor);
      }
    }
  }
}
