package io.weir.agent.balance;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Pool.Balance;
import io.weir.agent.model.Pool.HashKey;
import io.weir.agent.model.Pool.HashTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to pick an endpoint. Up to 1,024 requests are under way, 20 us apart. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PickBench {
  private static final int PICKS = 1_024;

  @Param({"10", "100", "10000"})
  public int endpoints = 10;

  @Param({
    "round_robin",
    "round_robin_weighted",
    "least_connections",
    "random_weighted",
    "power_of_two",
    "least_latency",
    "hash",
    "hash_ring"
  })
  public String policy = "round_robin";

  private final Ticket[] tickets = new Ticket[PICKS];
  private final SplittableRandom keys = new SplittableRandom(1);
  private final PickInput input =
      new PickInput() {
        @Override
        public long hash(HashKey key) {
          return keys.nextLong() | 1;
        }

        @Override
        public long token(String cookie) {
          return 0;
        }
      };
  private Balancer balancer = balancer();
  private long now;

  private Balancer balancer() {
    List<Endpoint> all = new ArrayList<>();
    for (int i = 0; i < endpoints; i++) {
      int weight = policy.endsWith("weighted") ? 1 + i * 7 % 13 : 1;
      all.add(new Endpoint("10.0.0." + i + ":80", "10.0.0." + i, 80, weight, 0, false));
    }
    Duration second = Duration.ofSeconds(1);
    Pool pool =
        new Pool(
            "p",
            all,
            switch (policy) {
              case "least_connections" -> new Balance.LeastConnections();
              case "random_weighted" -> new Balance.Random();
              case "power_of_two" -> new Balance.PowerOfTwo();
              case "least_latency" -> new Balance.LeastLatency();
              case "hash" ->
                  new Balance.Hash(new HashKey.ClientIp(), new HashTable.Maglev(65_537), 0);
              case "hash_ring" -> new Balance.Hash(new HashKey.ClientIp(), new HashTable.Ring(), 0);
              default -> new Balance.RoundRobin();
            },
            Optional.empty(),
            new Pool.Timeouts(second, second, second),
            2);
    return new Balancer(
        PoolMembers.of(pool, new EndpointStates()), Locality.NOWHERE, new SplittableRandom(1));
  }

  @Setup
  public void start() {
    balancer = balancer();
    now = System.nanoTime();
    for (int i = 0; i < PICKS; i++) {
      tickets[i] = new Ticket();
    }
  }

  /** Not measured: what was picked is answered. */
  @Setup(Level.Invocation)
  public void close() {
    for (Ticket ticket : tickets) {
      if (ticket.isOpen()) {
        now += 1_000;
        ticket.close(Ticket.End.ANSWERED, now);
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(PICKS)
  public void pick() {
    for (Ticket ticket : tickets) {
      now += 20_000;
      balancer.pick(ticket, input, Set.of(), now);
    }
  }
}
