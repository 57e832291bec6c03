package io.weir.agent.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Pool.Balance;
import io.weir.agent.model.Steering;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/** A balancer over a pool that a test changes, in virtual time. */
final class TestPool {
  static final long SEED = Long.getLong("weir.seed", 20_260_401L);

  final EndpointStates states = new EndpointStates();
  final Balancer balancer;
  final List<Endpoint> endpoints = new ArrayList<>();
  Balance balance;
  Steering steering = Steering.USUAL;
  long now = 1_000_000_000L;

  TestPool(Balance balance, Endpoint... endpoints) {
    this(balance, Steering.USUAL, Locality.NOWHERE, endpoints);
  }

  TestPool(Balance balance, Steering steering, Locality locality, Endpoint... endpoints) {
    this.balance = balance;
    this.steering = steering;
    this.endpoints.addAll(List.of(endpoints));
    balancer = new Balancer(members(), locality, new SplittableRandom(SEED));
  }

  static TestPool weighted(Balance balance, int... weights) {
    Endpoint[] endpoints = new Endpoint[weights.length];
    for (int i = 0; i < weights.length; i++) {
      endpoints[i] = endpoint("e" + i, weights[i]);
    }
    return new TestPool(balance, endpoints);
  }

  static Endpoint endpoint(String name, int weight) {
    return new Endpoint(name, name, 80, weight, 0, false);
  }

  static Endpoint endpoint(String name, int weight, int priority, String zone) {
    return new Endpoint(name, name, 80, weight, priority, false, zone);
  }

  PoolMembers members() {
    Duration second = Duration.ofSeconds(1);
    return PoolMembers.of(
        new Pool(
            "p",
            endpoints,
            balance,
            steering,
            Optional.empty(),
            new Pool.Timeouts(second, second, second),
            2),
        states);
  }

  /** The balancer goes on with the pool as it is now. */
  void changed() {
    balancer.follow(members());
  }

  EndpointState state(String name) {
    return states.of(new EndpointStates.Key("p", name));
  }

  void health(String name, Health health) {
    state(name).health(health);
  }

  Ticket pick(PickInput input, String... tried) {
    Ticket ticket = new Ticket();
    assertThat(balancer.pick(ticket, input, Set.of(tried), now)).isTrue();
    return ticket;
  }

  /** Picks and is answered after {@code nanos}. */
  String request(long nanos) {
    Ticket ticket = pick(PickInput.NONE);
    now += nanos;
    ticket.close(Ticket.End.ANSWERED, now);
    return ticket.endpoint().address();
  }

  Map<String, Integer> requests(int count) {
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < count; i++) {
      counts.merge(request(1_000_000), 1, Integer::sum);
    }
    return counts;
  }

  static PickInput hash(long hash) {
    return new PickInput() {
      @Override
      public long hash(Pool.HashKey key) {
        return hash;
      }

      @Override
      public long token(String cookie) {
        return 0;
      }
    };
  }

  static PickInput token(long token) {
    return new PickInput() {
      @Override
      public long hash(Pool.HashKey key) {
        return 0;
      }

      @Override
      public long token(String cookie) {
        return token;
      }
    };
  }
}
