package io.weir.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.balance.Explanation.Considered;
import io.weir.agent.balance.Explanation.TierLoad;
import io.weir.agent.health.Ejection;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool.Balance;
import io.weir.agent.model.Steering;
import io.weir.agent.model.Steering.SlowStart;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Where traffic goes as endpoints go down and are ejected. */
final class LocalFailoverTest {
  private static final List<Balance> POLICIES =
      List.of(
          new Balance.RoundRobin(),
          new Balance.LeastConnections(),
          new Balance.Random(),
          new Balance.PowerOfTwo(),
          new Balance.LeastLatency());

  private static final List<Health> HEALTH = List.of(Health.values());

  private static Ejection ejection(String address) {
    return new Ejection("p", address, new Ejection.GatewayErrors(5), 1, Duration.ofSeconds(30));
  }

  @Test
  void anEjectedEndpointGetsNothingAndComesBackSlowly() {
    TestPool pool =
        new TestPool(
            new Balance.RoundRobin(),
            new Steering(
                Optional.empty(),
                140,
                50,
                false,
                Optional.of(new SlowStart(Duration.ofSeconds(10), 1)),
                0),
            Locality.NOWHERE,
            TestPool.endpoint("a", 1),
            TestPool.endpoint("b", 1),
            TestPool.endpoint("c", 1));
    pool.requests(30);
    pool.state("b").ejection(ejection("b"));
    assertThat(pool.requests(1_000)).containsOnlyKeys("a", "c");
    assertThat(pool.balancer.explain(PickInput.NONE, Set.of(), pool.now).considered().get(1))
        .extracting(Considered::excluded)
        .isEqualTo(Optional.of(new Exclusion.Ejected(ejection("b"))));
    pool.state("b").ejection(null);
    assertThat(pool.requests(1_000).get("b")).isBetween(30, 80); // of 333, in the first second
    pool.now += 10_000_000_000L;
    assertThat(pool.requests(999).get("b")).isEqualTo(333);
  }

  @Test
  void anOperatorsWordIsOverAnEjection() {
    Endpoint forced = new Endpoint("b", "b", 80, 1, 0, false, "", Optional.of(Health.HEALTHY));
    TestPool pool = new TestPool(new Balance.RoundRobin(), TestPool.endpoint("a", 1), forced);
    pool.state("b").ejection(ejection("b"));
    assertThat(pool.requests(100)).containsEntry("b", 50);
  }

  @Test
  void backupsServeWhereAllOthersAreEjected() {
    TestPool pool =
        new TestPool(
            new Balance.RoundRobin(),
            TestPool.endpoint("a", 1, 0, ""),
            TestPool.endpoint("b", 1, 0, ""),
            TestPool.endpoint("backup", 1, 1, ""));
    pool.state("a").ejection(ejection("a"));
    pool.health("b", Health.UNHEALTHY);
    assertThat(pool.requests(100)).containsOnlyKeys("backup");
  }

  @Test
  void whateverGoesDownTrafficGoesToSomethingUsableWhileThereIsAny() {
    SplittableRandom random = new SplittableRandom(TestPool.SEED);
    for (int run = 0; run < 2_000; run++) {
      TestPool pool = any(random);
      for (int step = 0; step < 10; step++) {
        pool.now += random.nextLong(3_000_000_000L);
        Endpoint one = pool.endpoints.get(random.nextInt(pool.endpoints.size()));
        if (random.nextBoolean()) {
          pool.health(one.address(), HEALTH.get(random.nextInt(3)));
        } else {
          pool.state(one.address()).ejection(random.nextBoolean() ? ejection(one.address()) : null);
        }
        check("seed " + TestPool.SEED + " run " + run + " step " + step, pool);
      }
    }
  }

  private static TestPool any(SplittableRandom random) {
    int count = 1 + random.nextInt(12);
    Endpoint[] endpoints = new Endpoint[count];
    for (int i = 0; i < count; i++) {
      endpoints[i] =
          new Endpoint(
              "e" + i,
              "e" + i,
              80,
              random.nextInt(5) == 0 ? 0 : 1 + random.nextInt(10),
              random.nextInt(3),
              random.nextInt(8) == 0,
              random.nextBoolean() ? "a" : "b");
    }
    Steering steering =
        new Steering(
            Optional.empty(),
            100 + random.nextInt(200),
            random.nextBoolean() ? 0 : random.nextInt(101),
            random.nextBoolean(),
            random.nextBoolean()
                ? Optional.of(new SlowStart(Duration.ofSeconds(5), 1))
                : Optional.empty(),
            random.nextInt(4) == 0 ? 1 + random.nextInt(count) : 0);
    return new TestPool(
        POLICIES.get(random.nextInt(POLICIES.size())),
        steering,
        new Locality("agent", "a"),
        endpoints);
  }

  private static void check(String at, TestPool pool) {
    Explanation pick = pool.balancer.explain(PickInput.NONE, Set.of(), pool.now);
    boolean offered = false;
    boolean usable = false;
    for (Endpoint endpoint : pool.endpoints) {
      boolean may = endpoint.weight() > 0 && !endpoint.drain();
      offered |= may;
      usable |= may && isUsable(pool, endpoint);
    }
    boolean panic = pick.tiers().stream().anyMatch(TierLoad::panic);
    if (usable) {
      assertThat(pick.picked()).as(at).isPresent();
      assertThat(pick.tiers().stream().mapToInt(TierLoad::percent).sum()).as(at).isEqualTo(100);
    } else if (!panic || !offered) {
      assertThat(pick.picked()).as(at).isEmpty();
    }
    for (int i = 0; i < pick.tiers().size(); i++) {
      int index = i;
      TierLoad tier = pick.tiers().get(i);
      List<Considered> members =
          pick.considered().stream().filter(one -> one.tier() == index).toList();
      assertThat(members).as(at).isNotEmpty().allMatch(one -> one.weight() > 0);
      if (!tier.panic()) {
        assertThat(members).as(at).allMatch(one -> isUsable(pool, one.endpoint()));
      }
    }
  }

  private static boolean isUsable(TestPool pool, Endpoint endpoint) {
    EndpointState state = pool.state(endpoint.address());
    return state.health() != Health.UNHEALTHY && state.ejection() == null;
  }
}
