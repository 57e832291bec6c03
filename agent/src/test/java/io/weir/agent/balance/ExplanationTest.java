package io.weir.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool.Balance;
import io.weir.agent.model.Pool.HashKey;
import io.weir.agent.model.Pool.HashTable;
import io.weir.agent.model.Steering;
import io.weir.agent.model.Steering.SlowStart;
import io.weir.agent.model.Steering.Sticky;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ExplanationTest {
  static List<Balance> all() {
    List<Balance> all = new ArrayList<>(PolicyTest.all());
    all.add(new Balance.Hash(new HashKey.ClientIp(), new HashTable.Maglev(251), 0));
    all.add(new Balance.Hash(new HashKey.ClientIp(), new HashTable.Ring(), 110));
    return all;
  }

  private static Steering steering(Random random) {
    return new Steering(
        random.nextInt(3) == 0
            ? Optional.of(new Sticky("srv", Optional.empty()))
            : Optional.empty(),
        140,
        random.nextInt(2) * 50,
        random.nextBoolean(),
        random.nextBoolean()
            ? Optional.of(new SlowStart(Duration.ofMillis(500), 1.5))
            : Optional.empty(),
        random.nextInt(3) == 0 ? 5 : 0);
  }

  @ParameterizedTest
  @MethodSource("all")
  void aPickReplayedGivesTheSameEndpoint(Balance balance) {
    Random random = new Random(TestPool.SEED);
    boolean costly = balance instanceof Balance.Hash hash && hash.table() instanceof HashTable.Ring;
    for (int round = 0; round < (costly ? 6 : 60); round++) {
      int n = 1 + random.nextInt(round % 2 == 0 ? 8 : 50);
      boolean equal = random.nextInt(3) == 0;
      Endpoint[] endpoints = new Endpoint[n];
      for (int i = 0; i < n; i++) {
        endpoints[i] =
            TestPool.endpoint(
                "e" + i,
                equal ? 3 : random.nextInt(10),
                random.nextInt(4) / 3,
                "" + "ab".charAt(random.nextInt(2)));
      }
      TestPool pool =
          new TestPool(balance, steering(random), new Locality("agent", "a"), endpoints);
      List<Ticket> open = new ArrayList<>();
      for (int i = 0; i < 120; i++) {
        pool.now += random.nextInt(5_000_000);
        String some = "e" + random.nextInt(n);
        switch (random.nextInt(12)) {
          case 0 -> pool.health(some, Health.UNHEALTHY);
          case 1 -> pool.health(some, Health.HEALTHY);
          case 2 -> pool.state(some).peers(new Peers(random.nextInt(9), pool.now));
          default -> {}
        }
        if (open.size() > 30 || !open.isEmpty() && random.nextInt(3) == 0) {
          open.remove(random.nextInt(open.size())).close(Ticket.End.ANSWERED, pool.now);
        }
        List<Explanation> explained = new ArrayList<>();
        pool.balancer.explainNext(explained::add);
        Ticket ticket = new Ticket();
        Set<String> tried = random.nextInt(4) == 0 ? Set.of(some) : Set.of();
        PickInput input =
            random.nextInt(5) == 0
                ? TestPool.token(Token.of("p", some))
                : TestPool.hash(random.nextInt(3) == 0 ? 0 : random.nextLong());
        boolean given = pool.balancer.pick(ticket, input, tried, pool.now);
        Explanation explanation = explained.getFirst();
        assertThat(explanation.picked().isPresent()).isEqualTo(given);
        assertThat(explanation.replay())
            .as("seed %d, round %d, pick %d: %s", TestPool.SEED, round, i, explanation)
            .isEqualTo(explanation.picked());
        if (given) {
          assertThat(explanation.picked()).contains(ticket.endpoint().address());
          open.add(ticket);
        }
      }
    }
  }

  @Test
  void whoWasExcludedIsSaidWithTheReason() {
    TestPool pool =
        new TestPool(
            new Balance.RoundRobin(),
            TestPool.endpoint("served", 1),
            TestPool.endpoint("no-weight", 0),
            new Endpoint("drained", "drained", 80, 1, 0, true),
            TestPool.endpoint("ill", 1),
            TestPool.endpoint("tried", 1),
            TestPool.endpoint("backup", 1, 1, ""),
            TestPool.endpoint("well", 1),
            TestPool.endpoint("fine", 1));
    pool.health("ill", Health.UNHEALTHY);
    Explanation explanation = pool.balancer.explain(PickInput.NONE, Set.of("tried"), pool.now);
    assertThat(explanation.picked()).contains("served");
    assertThat(explanation.considered())
        .extracting(one -> one.excluded().orElse(null))
        .containsExactly(
            null,
            new Exclusion.NoWeight(),
            new Exclusion.Drained(),
            new Exclusion.Unhealthy(""),
            new Exclusion.Tried(),
            new Exclusion.OtherPriority(0),
            null,
            null);
  }

  @Test
  void askingWhatWouldBePickedPicksNothing() {
    TestPool pool = TestPool.weighted(new Balance.RoundRobin(), 1, 1);
    for (int i = 0; i < 5; i++) {
      assertThat(pool.balancer.explain(PickInput.NONE, Set.of(), pool.now).picked()).contains("e0");
    }
    assertThat(pool.state("e0").inFlight()).isZero();
    assertThat(pool.request(1)).isEqualTo("e0");
  }
}
