package io.weir.e2e.sim.balance;

import io.weir.agent.balance.Balancer;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.balance.Locality;
import io.weir.agent.balance.PickInput;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.balance.Ticket;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Pool.Balance;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The agent's own balancer, as an event loop uses it, on an agent of one event loop. */
final class WeirBalancer implements ProxyBalancer {
  private static final String POOL = "simulated";
  private static final Pool.Timeouts TIMEOUTS =
      new Pool.Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1));

  private final Balancer balancer;
  private @Nullable Ticket[] tickets = new @Nullable Ticket[1024];

  WeirBalancer(Balance balance, int servers, RandomGenerator random) {
    // A server's number is its endpoint's port.
    List<Endpoint> endpoints =
        IntStream.range(0, servers)
            .mapToObj(server -> new Endpoint("server:" + server, "server", server, 1, 0, false))
            .toList();
    var pool = new Pool(POOL, endpoints, balance, Optional.empty(), TIMEOUTS, 0);
    balancer = new Balancer(PoolMembers.of(pool, new EndpointStates()), Locality.NOWHERE, random);
  }

  @Override
  public int pick(int request, long now) {
    Ticket ticket = ticket(request);
    if (!balancer.pick(ticket, PickInput.NONE, Set.of(), now)) {
      throw new IllegalStateException("no endpoint");
    }
    return ticket.endpoint().port();
  }

  @Override
  public void done(int request, int server, long began, boolean answered, long now) {
    ticket(request).close(answered ? Ticket.End.ANSWERED : Ticket.End.FAILED, now);
  }

  private Ticket ticket(int request) {
    if (request >= tickets.length) {
      tickets = Arrays.copyOf(tickets, Integer.highestOneBit(request) * 2);
    }
    Ticket ticket = tickets[request];
    if (ticket == null) {
      ticket = new Ticket();
      tickets[request] = ticket;
    }
    return ticket;
  }
}
