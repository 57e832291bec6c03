package io.weir.e2e.sim.fleet;

import io.weir.agent.balance.Balancer;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.balance.Locality;
import io.weir.agent.balance.PickInput;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.balance.Ticket;
import io.weir.agent.health.Target;
import io.weir.agent.model.Pool;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Requests to every pool of an agent, now and then, picked by the agent's own balancer. */
final class Traffic {
  private static final long EVERY = 200_000_000L;
  private static final int ATTEMPTS = 3;

  private final SimAgent agent;
  private final World world;
  private final EndpointStates states;
  private final Random random;
  private final Consumer<Target> failed;
  private final Map<String, Balancer> balancers = new HashMap<>();

  /**
   * @param failed told of each endpoint that did not answer
   */
  Traffic(
      SimAgent agent, World world, EndpointStates states, Random random, Consumer<Target> failed) {
    this.agent = agent;
    this.world = world;
    this.states = states;
    this.random = random;
    this.failed = failed;
  }

  void start() {
    var _ = agent.thread.schedule(this::turn, 1 + random.nextLong(EVERY), TimeUnit.NANOSECONDS);
  }

  void follow(Collection<Pool> pools) {
    Set<String> names = new HashSet<>();
    for (Pool pool : pools) {
      names.add(pool.name());
      Balancer known = balancers.get(pool.name());
      if (known == null) {
        balancers.put(
            pool.name(),
            new Balancer(
                PoolMembers.of(pool, states),
                new Locality(agent.name, agent.zone),
                new Random(random.nextLong())));
      } else {
        known.follow(PoolMembers.of(pool, states, known.members()));
      }
    }
    balancers.keySet().retainAll(names);
  }

  private void turn() {
    new TreeMap<>(balancers).forEach(this::request);
    var _ = agent.thread.schedule(this::turn, EVERY, TimeUnit.NANOSECONDS);
  }

  private void request(String pool, Balancer balancer) {
    Set<String> tried = new HashSet<>();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Ticket ticket = new Ticket();
      if (!balancer.pick(ticket, PickInput.NONE, tried, agent.time.now())) {
        if (attempt == 0) {
          world.invariants.noneToPick(agent, balancer.members().pool());
        }
        return;
      }
      String address = ticket.endpoint().address();
      boolean answered = world.origins.reachable(agent.name, address);
      ticket.close(answered ? Ticket.End.ANSWERED : Ticket.End.FAILED, agent.time.now());
      if (answered) {
        return;
      }
      tried.add(address);
      failed.accept(new Target(pool, address));
    }
  }
}
