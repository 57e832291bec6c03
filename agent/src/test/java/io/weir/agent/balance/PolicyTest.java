package io.weir.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Pool.Balance;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PolicyTest {
  static List<Balance> byWeight() {
    return List.of(
        new Balance.RoundRobin(),
        new Balance.LeastConnections(),
        new Balance.Random(),
        new Balance.PowerOfTwo());
  }

  static List<Balance> all() {
    List<Balance> all = new ArrayList<>(byWeight());
    all.add(new Balance.LeastLatency());
    return all;
  }

  private static int[] weights(int count, Random random) {
    int[] weights = new int[count];
    for (int i = 0; i < count; i++) {
      weights[i] = 1 + random.nextInt(20);
    }
    return weights;
  }

  @Nested
  final class Shares {
    /** Of n - 1 degrees of freedom, exceeded by chance once in a thousand (Wilson, Hilferty). */
    private double critical(int n) {
      double k = n - 1;
      double root = 1 - 2 / (9 * k) + 3.09 * Math.sqrt(2 / (9 * k));
      return k * root * root * root;
    }

    @ParameterizedTest
    @MethodSource("io.weir.agent.balance.PolicyTest#byWeight")
    void areAsTheWeightsSayWhileNothingElseDiffers(Balance balance) {
      for (int n : new int[] {2, 7, 16, 17, 100}) {
        int[] weights = weights(n, new Random(TestPool.SEED + n));
        int total = Arrays.stream(weights).sum();
        int picks = 200 * total;
        Map<String, Integer> counts = TestPool.weighted(balance, weights).requests(picks);
        double chi = 0;
        for (int i = 0; i < n; i++) {
          double expected = (double) picks * weights[i] / total;
          double off = counts.getOrDefault("e" + i, 0) - expected;
          chi += off * off / expected;
        }
        assertThat(chi).as("seed %d, %d endpoints", TestPool.SEED, n).isLessThan(critical(n));
      }
    }

    /** A fixed number of requests under way, answered in the order they began. */
    @ParameterizedTest
    @MethodSource("io.weir.agent.balance.PolicyTest#all")
    void areAsTheWeightsSayUnderSteadyLoad(Balance balance) {
      int[] weights = {1, 2, 4, 8, 1, 2, 4, 8};
      TestPool pool = TestPool.weighted(balance, weights);
      Deque<Ticket> open = new ArrayDeque<>();
      Map<String, Integer> counts = new HashMap<>();
      for (int i = 0; i < 60_000; i++) {
        if (open.size() == 600) {
          open.removeFirst().close(Ticket.End.ANSWERED, pool.now);
        }
        Ticket ticket = pool.pick(PickInput.NONE);
        open.addLast(ticket);
        counts.merge(ticket.endpoint().address(), 1, Integer::sum);
        pool.now += 10_000;
      }
      for (int i = 0; i < weights.length; i++) {
        assertThat(counts.getOrDefault("e" + i, 0) / 60_000.0)
            .as("%s of weight %d", balance, weights[i])
            .isBetween(weights[i] / 30.0 * 0.85, weights[i] / 30.0 * 1.15);
      }
    }

    @ParameterizedTest
    @MethodSource("io.weir.agent.balance.PolicyTest#all")
    void reachTheLargestWeights(Balance balance) {
      Map<String, Integer> counts =
          TestPool.weighted(balance, 65_535, 65_535, 1, 0).requests(20_000);
      assertThat(counts.get("e0")).isBetween(9_000, 11_000);
      assertThat(counts.getOrDefault("e2", 0)).isLessThan(20);
      assertThat(counts).doesNotContainKey("e3");
    }
  }

  @Nested
  final class RoundRobins {
    /** However many endpoints, none is ever as much as a few picks away from its share. */
    @Test
    void areSmoothInLargePoolsToo() {
      for (int n : new int[] {16, 17, 60, 300}) {
        int[] weights = weights(n, new Random(TestPool.SEED));
        double total = Arrays.stream(weights).sum();
        TestPool pool = TestPool.weighted(new Balance.RoundRobin(), weights);
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 1; i <= 3 * total; i++) {
          String picked = pool.request(1);
          int count = counts.merge(picked, 1, Integer::sum);
          int weight = weights[Integer.parseInt(picked.substring(1))];
          assertThat(count - i * weight / total)
              .as("seed %d: pick %d of %d endpoints", TestPool.SEED, i, n)
              .isBetween(-3.0, 3.0);
        }
      }
    }

    @Test
    void ofManyEqualsTakeEveryoneInTurn() {
      int[] weights = new int[100];
      Arrays.fill(weights, 3);
      TestPool pool = TestPool.weighted(new Balance.RoundRobin(), weights);
      pool.requests(30);
      Set<String> round = new HashSet<>();
      for (int i = 0; i < 100; i++) {
        if (i == 50) {
          pool.changed(); // which changes nothing
        }
        round.add(pool.request(1));
      }
      assertThat(round).hasSize(100);
    }

    @Test
    void goOnForever() {
      // Virtual time is kept in fixed point and is turned back now and then.
      TestPool pool = TestPool.weighted(new Balance.RoundRobin(), weights(20, new Random(1)));
      Map<String, Integer> before = pool.requests(100_000);
      Map<String, Integer> after = pool.requests(100_000);
      before.forEach(
          (endpoint, count) -> assertThat(after.get(endpoint)).isBetween(count - 3, count + 3));
    }
  }

  @Nested
  final class LeastConnection {
    /** The clever way against looking at everybody. */
    @Test
    void isTheLeastOfAllAfterAnyHistory() {
      Random random = new Random(TestPool.SEED);
      for (int n : new int[] {1, 2, 5, 40}) {
        int[] weights = weights(n, random);
        TestPool pool = TestPool.weighted(new Balance.LeastConnections(), weights);
        List<Ticket> open = new ArrayList<>();
        int[] under = new int[n];
        for (int i = 0; i < 5_000; i++) {
          if (!open.isEmpty() && random.nextInt(20) < 9) {
            Ticket over = open.remove(random.nextInt(open.size()));
            under[index(over)]--;
            over.close(Ticket.End.ANSWERED, pool.now);
          } else {
            double least = Double.MAX_VALUE;
            for (int e = 0; e < n; e++) {
              least = Math.min(least, (double) under[e] / weights[e]);
            }
            Ticket given = pool.pick(PickInput.NONE);
            assertThat((double) under[index(given)] / weights[index(given)])
                .as("seed %d", TestPool.SEED)
                .isEqualTo(least, org.assertj.core.data.Offset.offset(1e-9));
            under[index(given)]++;
            open.add(given);
          }
        }
      }
    }

    private static int index(Ticket ticket) {
      return Integer.parseInt(ticket.endpoint().address().substring(1));
    }

    @Test
    void sparesAnEndpointThatOthersUse() {
      TestPool pool = TestPool.weighted(new Balance.LeastConnections(), 1, 1);
      pool.state("e0").peers(new Peers(50, pool.now));
      assertThat(pool.requests(10)).doesNotContainKey("e0");
      pool.now += Peers.STALE;
      pool.requests(4); // looks again
      assertThat(pool.requests(10)).containsEntry("e0", 5);
    }
  }

  @Nested
  final class Latencies {
    @Test
    void anEndpointThatStallsIsLeftBeforeItAnswers() {
      TestPool pool = TestPool.weighted(new Balance.LeastLatency(), 1, 1, 1, 1);
      PriorityQueue<Answer> due = new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
      int stalled = 0;
      for (int i = 0; i < 4_000; i++) {
        while (!due.isEmpty() && due.peek().at <= pool.now) {
          Answer over = due.remove();
          over.ticket.close(Ticket.End.ANSWERED, over.at);
        }
        Ticket ticket = pool.pick(PickInput.NONE);
        boolean slow = i >= 2_000 && ticket.endpoint().address().equals("e0");
        stalled += slow ? 1 : 0;
        due.add(new Answer(ticket, pool.now + (slow ? 3_000_000_000L : 10_000_000)));
        pool.now += 1_000_000;
      }
      // Of 2,000 requests in 2 s.
      assertThat(stalled).isLessThan(40);
    }

    private record Answer(Ticket ticket, long at) {}

    @Test
    void aFastErrorCountsAsASlowAnswer() {
      TestPool pool = TestPool.weighted(new Balance.LeastLatency(), 1, 1, 1);
      Map<String, Integer> counts = new HashMap<>();
      for (int i = 0; i < 3_000; i++) {
        Ticket ticket = pool.pick(PickInput.NONE);
        String to = ticket.endpoint().address();
        counts.merge(to, 1, Integer::sum);
        pool.now += to.equals("e0") ? 100_000 : 10_000_000;
        ticket.answered(to.equals("e0"), pool.now);
        ticket.close(Ticket.End.ANSWERED, pool.now);
      }
      assertThat(counts.get("e0")).isLessThan(100);
    }

    @Test
    void aLongAnswerIsNoSignOfASlowEndpoint() {
      TestPool pool = TestPool.weighted(new Balance.LeastLatency(), 1, 1);
      pool.requests(100);
      Ticket download = pool.pick(PickInput.NONE);
      pool.now += 1_000_000;
      download.answered(false, pool.now);
      pool.now += 60_000_000_000L;
      String busy = download.endpoint().address();
      Deque<Ticket> open = new ArrayDeque<>();
      int count = 0;
      for (int i = 0; i < 1_000; i++) {
        if (open.size() == 20) {
          open.removeFirst().close(Ticket.End.ANSWERED, pool.now);
        }
        Ticket ticket = pool.pick(PickInput.NONE);
        open.addLast(ticket);
        count += ticket.endpoint().address().equals(busy) ? 1 : 0;
        pool.now += 1_000_000;
      }
      assertThat(count).isBetween(400, 600);
    }

    @Test
    void anEndpointThatWasSlowIsAskedAgain() {
      TestPool pool = TestPool.weighted(new Balance.LeastLatency(), 1, 1);
      Ticket slow = pool.pick(PickInput.NONE);
      pool.now += 5_000_000_000L;
      slow.close(Ticket.End.ANSWERED, pool.now);
      assertThat(pool.requests(100)).doesNotContainKey(slow.endpoint().address());
      assertThat(pool.requests(20_000).get(slow.endpoint().address())).isGreaterThan(2_000);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void whatIsKnownOutlivesChangesOfPoolAndPolicy(Balance balance) {
    TestPool pool = TestPool.weighted(balance, 3, 2, 1);
    List<Ticket> open = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(TestPool.SEED);
    long begun = 0;
    for (int i = 0; i < 3_000; i++) {
      if (i % 50 == 0) {
        pool.balance = all().get(random.nextInt(5));
        Endpoint one = pool.endpoints.getFirst();
        pool.endpoints.set(0, TestPool.endpoint(one.address(), 1 + random.nextInt(5)));
        pool.changed();
      }
      open.add(pool.pick(PickInput.NONE));
      begun++;
      if (open.size() > 20) {
        open.remove(random.nextInt(open.size())).close(Ticket.End.ANSWERED, pool.now);
      }
      pool.now += 100_000;
      long underWay = 0;
      for (Endpoint endpoint : pool.endpoints) {
        underWay += pool.state(endpoint.address()).inFlight();
      }
      assertThat(underWay).isEqualTo(open.size());
    }
    open.forEach(ticket -> ticket.close(Ticket.End.FAILED, pool.now));
    long finished = 0;
    for (Endpoint endpoint : pool.endpoints) {
      finished += pool.state(endpoint.address()).requests();
      assertThat(pool.state(endpoint.address()).inFlight()).isZero();
    }
    assertThat(finished).isEqualTo(begun);
  }

  @ParameterizedTest
  @MethodSource("all")
  void whatWasTriedIsNotPickedUntilNothingElseIsLeft(Balance balance) {
    for (int n : new int[] {3, 40}) {
      int[] weights = weights(n, new Random(TestPool.SEED));
      TestPool pool = TestPool.weighted(balance, weights);
      pool.requests(17);
      Set<String> tried = new HashSet<>();
      Ticket ticket = new Ticket();
      for (int i = 0; i < n; i++) {
        assertThat(pool.balancer.pick(ticket, PickInput.NONE, tried, pool.now)).isTrue();
        ticket.close(Ticket.End.RETRIED, pool.now);
        assertThat(tried.add(ticket.endpoint().address())).isTrue();
      }
      assertThat(pool.balancer.pick(ticket, PickInput.NONE, tried, pool.now)).isFalse();
    }
  }
}
