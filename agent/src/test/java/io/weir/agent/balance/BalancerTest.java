package io.weir.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class BalancerTest {
  private final EndpointStates states = new EndpointStates();

  private static Endpoint endpoint(String name, int weight, int priority) {
    return new Endpoint(name, name, 80, weight, priority, false);
  }

  private static Endpoint drained(Endpoint endpoint) {
    return new Endpoint(
        endpoint.address(), endpoint.host(), 80, endpoint.weight(), endpoint.priority(), true);
  }

  private static Pool pool(Endpoint... endpoints) {
    Duration second = Duration.ofSeconds(1);
    return new Pool(
        "p",
        List.of(endpoints),
        new Pool.Balance.RoundRobin(),
        Optional.empty(),
        new Pool.Timeouts(second, second, second),
        2);
  }

  private Balancer balancer(Endpoint... endpoints) {
    return new Balancer(
        PoolMembers.of(pool(endpoints), states), Locality.NOWHERE, new SplittableRandom(1));
  }

  private void health(String endpoint, Health health) {
    states.of(new EndpointStates.Key("p", endpoint)).health(health);
  }

  private static Ticket ticket(Balancer balancer, String... tried) {
    Ticket ticket = new Ticket();
    assertThat(balancer.pick(ticket, PickInput.NONE, Set.of(tried), 0)).isTrue();
    return ticket;
  }

  private static String next(Balancer balancer) {
    Ticket ticket = ticket(balancer);
    ticket.close(Ticket.End.ANSWERED, 0);
    return ticket.endpoint().address();
  }

  private static List<String> next(Balancer balancer, int times) {
    List<String> picks = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      picks.add(next(balancer));
    }
    return picks;
  }

  private static Map<String, Integer> count(List<String> picks) {
    Map<String, Integer> counts = new HashMap<>();
    picks.forEach(pick -> counts.merge(pick, 1, Integer::sum));
    return counts;
  }

  @Nested
  final class Weights {
    @Test
    void fiveOneOneIsSpreadAsNginxSpreadsIt() {
      Balancer balancer = balancer(endpoint("a", 5, 0), endpoint("b", 1, 0), endpoint("c", 1, 0));
      assertThat(next(balancer, 14))
          .containsExactly("a", "a", "b", "a", "c", "a", "a", "a", "a", "b", "a", "c", "a", "a");
    }

    @Test
    void everyCycleHasExactlyTheWeights() {
      long seed = Long.getLong("weir.seed", System.nanoTime());
      Random random = new Random(seed);
      for (int round = 0; round < 200; round++) {
        Endpoint[] endpoints = new Endpoint[1 + random.nextInt(8)];
        int total = 0;
        for (int i = 0; i < endpoints.length; i++) {
          endpoints[i] = endpoint(round + "e" + i, 1 + random.nextInt(20), 0);
          total += endpoints[i].weight();
        }
        Balancer balancer = balancer(endpoints);
        for (int cycle = 0; cycle < 3; cycle++) {
          Map<String, Integer> counts = count(next(balancer, total));
          for (Endpoint endpoint : endpoints) {
            assertThat(counts)
                .as("seed %d: %s", seed, Arrays.toString(endpoints))
                .containsEntry(endpoint.address(), endpoint.weight());
          }
        }
      }
    }

    @Test
    void sharesAreKeptWithinAnyRunOfPicks() {
      // Smooth: after any number of picks nobody is a whole cycle's worth of others away from its
      // share; nginx's algorithm keeps each within the number of endpoints.
      long seed = Long.getLong("weir.seed", System.nanoTime());
      Random random = new Random(seed);
      for (int round = 0; round < 200; round++) {
        Endpoint[] endpoints = new Endpoint[2 + random.nextInt(6)];
        double total = 0;
        for (int i = 0; i < endpoints.length; i++) {
          endpoints[i] = endpoint("e" + i, 1 + random.nextInt(100), 0);
          total += endpoints[i].weight();
        }
        Balancer balancer = balancer(endpoints);
        Map<String, Integer> counts = new HashMap<>();
        for (int n = 1; n <= 500; n++) {
          counts.merge(next(balancer), 1, Integer::sum);
          for (Endpoint endpoint : endpoints) {
            double share = n * endpoint.weight() / total;
            assertThat(counts.getOrDefault(endpoint.address(), 0) - share)
                .as("seed %d, pick %d: %s of %s", seed, n, endpoint, Arrays.toString(endpoints))
                .isBetween(-(double) endpoints.length, (double) endpoints.length);
          }
        }
      }
    }

    @Test
    void equalWeightsTakeTurns() {
      Balancer balancer = balancer(endpoint("a", 7, 0), endpoint("b", 7, 0), endpoint("c", 7, 0));
      assertThat(next(balancer, 6)).containsExactly("a", "b", "c", "a", "b", "c");
    }

    @Test
    void aWeightOfZeroGetsNothing() {
      Balancer balancer = balancer(endpoint("a", 0, 0), endpoint("b", 1, 0));
      assertThat(next(balancer, 10)).containsOnly("b");
    }
  }

  @Nested
  final class Usability {
    @Test
    void aDrainedEndpointGetsNothing() {
      Balancer balancer = balancer(drained(endpoint("a", 100, 0)), endpoint("b", 1, 0));
      assertThat(next(balancer, 10)).containsOnly("b");
    }

    @Test
    void anUnhealthyEndpointIsLeftOutAndReturnsWhenItRecovers() {
      Balancer balancer = balancer(endpoint("a", 1, 0), endpoint("b", 1, 0));
      health("a", Health.UNHEALTHY);
      assertThat(next(balancer, 10)).containsOnly("b");
      health("a", Health.HEALTHY);
      assertThat(count(next(balancer, 10))).isEqualTo(Map.of("a", 5, "b", 5));
    }

    @Test
    void anUnknownEndpointServes() {
      Balancer balancer = balancer(endpoint("a", 1, 0), endpoint("b", 1, 0));
      health("a", Health.HEALTHY);
      assertThat(count(next(balancer, 10))).isEqualTo(Map.of("a", 5, "b", 5));
    }

    @Test
    void aBackupServesInPlaceOfPrimariesThatCannot() {
      Balancer balancer =
          balancer(endpoint("backup", 5, 1), endpoint("a", 1, 0), endpoint("b", 1, 0));
      assertThat(next(balancer, 10)).doesNotContain("backup");
      health("a", Health.UNHEALTHY);
      // A half of the primaries carries 1.4 times that.
      assertThat(count(next(balancer, 1000)).get("b")).isBetween(650, 750);
      health("b", Health.UNHEALTHY);
      assertThat(next(balancer, 10)).containsOnly("backup");
      health("a", Health.HEALTHY);
      health("b", Health.HEALTHY);
      assertThat(next(balancer, 10)).containsOnly("a", "b");
    }

    @Test
    void whenNoneIsUsableThatIsSaid() {
      Balancer balancer = balancer(drained(endpoint("a", 1, 0)), endpoint("b", 0, 1));
      assertThat(balancer.pick(new Ticket(), PickInput.NONE, Set.of(), 0)).isFalse();
      assertThat(states.of(new EndpointStates.Key("p", "a")).inFlight()).isZero();
    }

    @Test
    void anEndpointAlreadyTriedIsNotChosenAgain() {
      Balancer balancer = balancer(endpoint("a", 9, 0), endpoint("b", 1, 0), endpoint("c", 1, 1));
      assertThat(ticket(balancer, "a").endpoint().address()).isEqualTo("b");
      assertThat(ticket(balancer, "a", "b").endpoint().address()).isEqualTo("c");
      assertThat(balancer.pick(new Ticket(), PickInput.NONE, Set.of("a", "b", "c"), 0)).isFalse();
    }
  }

  @Nested
  final class Changes {
    @Test
    void theSameConfigGoesOnWhereItWas() {
      Endpoint[] endpoints = {endpoint("a", 5, 0), endpoint("b", 1, 0), endpoint("c", 1, 0)};
      List<String> expected = next(balancer(endpoints), 21);
      Balancer balancer = balancer(endpoints);
      List<String> picks = new ArrayList<>();
      for (int i = 0; i < 21; i++) {
        picks.add(next(balancer));
        balancer.follow(PoolMembers.of(pool(endpoints), states));
      }
      assertThat(picks).isEqualTo(expected);
    }

    @Test
    void changesAtRandomLeaveNoBurstBehind() {
      long seed = Long.getLong("weir.seed", System.nanoTime());
      Random random = new Random(seed);
      Balancer balancer = balancer(endpoint("a", 1, 0), endpoint("b", 1, 0), endpoint("c", 1, 0));
      for (int change = 0; change < 300; change++) {
        int[] weights = {weight(random), weight(random), weight(random)};
        int total = Arrays.stream(weights).sum();
        balancer.follow(
            PoolMembers.of(
                pool(
                    endpoint("a", weights[0], 0),
                    endpoint("b", weights[1], 0),
                    endpoint("c", weights[2], 0)),
                states));
        int picks = 1 + random.nextInt(300);
        Map<String, Integer> counts = count(next(balancer, picks));
        for (int i = 0; i < 3; i++) {
          double share = (double) picks * weights[i] / total;
          assertThat(counts.getOrDefault("" + "abc".charAt(i), 0) - share)
              .as("seed %d: %d picks by %s", seed, picks, Arrays.toString(weights))
              .isBetween(-4.0, 4.0);
        }
      }
    }

    private int weight(Random random) {
      return random.nextInt(2) == 0 ? 1 + random.nextInt(3) : 1 + random.nextInt(65_535);
    }

    @Test
    void anEndpointThatJoinsGetsItsShareAndNoMore() {
      Balancer balancer = balancer(endpoint("a", 1, 0), endpoint("b", 1, 0));
      next(balancer, 1001);
      balancer.follow(
          PoolMembers.of(
              pool(endpoint("a", 1, 0), endpoint("b", 1, 0), endpoint("c", 1, 0)), states));
      assertThat(count(next(balancer, 30)).values()).allMatch(n -> n >= 9 && n <= 11);
    }

    @Test
    void countersOutliveAChange() {
      Balancer balancer = balancer(endpoint("a", 1, 0));
      Ticket open = ticket(balancer);
      balancer.follow(PoolMembers.of(pool(endpoint("a", 3, 0)), states));
      next(balancer, 4);
      EndpointState state = states.of(new EndpointStates.Key("p", "a"));
      assertThat(state.inFlight()).isEqualTo(1);
      open.close(Ticket.End.ANSWERED, 0);
      assertThat(state.inFlight()).isZero();
      assertThat(state.requests()).isEqualTo(5);
    }
  }

  @Nested
  final class Tickets {
    @Test
    void aTicketCountsUntilItIsClosed() {
      Balancer balancer = balancer(endpoint("a", 1, 0));
      EndpointState state = states.of(new EndpointStates.Key("p", "a"));
      Ticket answered = ticket(balancer);
      Ticket failed = ticket(balancer);
      Ticket retried = ticket(balancer);
      assertThat(state.inFlight()).isEqualTo(3);
      answered.close(Ticket.End.ANSWERED, 0);
      failed.close(Ticket.End.FAILED, 0);
      retried.close(Ticket.End.RETRIED, 0);
      assertThat(state.inFlight()).isZero();
      assertThat(state.requests()).isEqualTo(3);
      assertThat(state.failures()).isEqualTo(2);
      assertThat(state.retries()).isEqualTo(1);
    }

    @Test
    void closingTwiceIsABug() {
      Ticket ticket = ticket(balancer(endpoint("a", 1, 0)));
      ticket.close(Ticket.End.ANSWERED, 0);
      assertThatThrownBy(() -> ticket.close(Ticket.End.FAILED, 0))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed twice");
    }
  }
}
