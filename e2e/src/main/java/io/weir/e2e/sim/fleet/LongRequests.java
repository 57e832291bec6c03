package io.weir.e2e.sim.fleet;

import io.weir.agent.balance.Balancer;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.balance.Locality;
import io.weir.agent.balance.PickInput;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.balance.Ticket;
import io.weir.agent.health.Target;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Pool;
import io.weir.v1.EndpointLoad;
import io.weir.v1.LoadReport;
import io.weir.v1.PoolLoad;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Requests to the {@link ScaledPool} by way of one agent, some of which take long. */
final class LongRequests {
  private static final long EVERY = 200_000_000L;
  private static final long SECOND = World.SECOND;

  private final SimAgent agent;
  private final World world;
  private final EndpointStates states;
  private final Random random;
  private final Consumer<Target> failed;
  private final List<Request> underWay = new ArrayList<>();
  private final Map<String, Count> counts = new TreeMap<>();
  private @Nullable Balancer balancer;
  private int turnedAway;

  private record Request(Ticket ticket, String address, long end) {}

  private static final class Count {
    long requests;
    long failures;
  }

  /**
   * @param failed told of each endpoint that did not answer
   */
  LongRequests(
      SimAgent agent, World world, EndpointStates states, Random random, Consumer<Target> failed) {
    this.agent = agent;
    this.world = world;
    this.states = states;
    this.random = random;
    this.failed = failed;
  }

  void start() {
    if (world.scaled.isPresent()) {
      var _ = agent.thread.schedule(this::turn, 1 + random.nextLong(EVERY), TimeUnit.NANOSECONDS);
    }
  }

  void follow(@Nullable Pool pool) {
    Balancer known = balancer;
    if (pool == null) {
      balancer = null;
    } else if (known == null) {
      balancer =
          new Balancer(
              PoolMembers.of(pool, states),
              new Locality(agent.name, agent.zone),
              new Random(random.nextLong()));
    } else {
      known.follow(PoolMembers.of(pool, states, known.members()));
    }
  }

  private void turn() {
    long now = agent.time.now();
    for (Iterator<Request> each = underWay.iterator(); each.hasNext(); ) {
      Request request = each.next();
      if (request.end <= now) {
        each.remove();
        end(request, now);
      }
    }
    Balancer by = balancer;
    for (int i = underWay.size(); by != null && i < world.scaled.load(); i++) {
      begin(by, now);
    }
    var _ = agent.thread.schedule(this::turn, EVERY, TimeUnit.NANOSECONDS);
  }

  private void begin(Balancer by, long now) {
    Ticket ticket = new Ticket();
    if (!by.pick(ticket, PickInput.NONE, Set.of(), now)) {
      turnedAway++;
      return;
    }
    String address = ticket.endpoint().address();
    world.invariants.holds(world.scaled.invariants.sends(agent, address));
    Request request = new Request(ticket, address, now + length());
    if (world.origins.reachable(agent.name, address)) {
      underWay.add(request);
    } else {
      end(request, now);
    }
  }

  private long length() {
    int kind = random.nextInt(20);
    if (kind < 14) {
      return random.nextLong(SECOND);
    }
    return kind < 19 ? SECOND + random.nextLong(3 * SECOND) : random.nextLong(15 * SECOND);
  }

  private void end(Request request, long now) {
    boolean answered = world.origins.reachable(agent.name, request.address);
    request.ticket.close(answered ? Ticket.End.ANSWERED : Ticket.End.FAILED, now);
    Count count = counts.computeIfAbsent(request.address, _ -> new Count());
    count.requests++;
    if (!answered) {
      count.failures++;
      failed.accept(new Target(ScaledPool.POOL, request.address));
    }
  }

  /** Requests under way there now. */
  long at(String address) {
    return underWay.stream().filter(one -> one.address.equals(address)).count();
  }

  /** Whether new requests may be sent there. */
  boolean offers(String address) {
    Balancer by = balancer;
    return by != null
        && by.members().pool().endpoints().stream()
            .anyMatch(one -> one.address().equals(address) && one.weight() > 0 && !one.drain());
  }

  /** As an agent tells its controller. */
  LoadReport load() {
    Set<String> addresses = new TreeSet<>(counts.keySet());
    Balancer by = balancer;
    if (by != null) {
      by.members().pool().endpoints().stream().map(Endpoint::address).forEach(addresses::add);
    }
    underWay.forEach(one -> addresses.add(one.address));
    LoadReport.Builder report = LoadReport.newBuilder();
    for (String address : addresses) {
      Count count = counts.getOrDefault(address, new Count());
      report.addEndpoints(
          EndpointLoad.newBuilder()
              .setPool(ScaledPool.POOL)
              .setEndpoint(address)
              .setInFlight(at(address))
              .setRequests(count.requests)
              .setFailures(count.failures));
    }
    report.addPools(PoolLoad.newBuilder().setPool(ScaledPool.POOL).setQueued(turnedAway));
    turnedAway = 0;
    return report.build();
  }
}
