package io.weir.e2e.sim.fleet;

import com.google.protobuf.Duration;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.store.Journal;
import io.weir.controller.store.StagedChanges;
import io.weir.controller.store.Store;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Write;
import io.weir.v1.Discovery;
import io.weir.v1.DnsDiscovery;
import io.weir.v1.DnsType;
import io.weir.v1.Endpoint;
import io.weir.v1.Failback;
import io.weir.v1.HealthCheck;
import io.weir.v1.Listener;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Priorities;
import io.weir.v1.Resource;
import io.weir.v1.RouteRule;
import io.weir.v1.TcpProbe;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What the operator of a simulated cluster declares, and changes now and then. */
final class Declared {
  private static final int HISTORY = 100;

  private final Store store;
  private final Journal journal;
  private final Random random;
  private final Mutation mutation;
  private final List<PoolSpec.Builder> pools = new ArrayList<>();
  private final List<String> addresses = new ArrayList<>();
  private final boolean discovers;
  private final Optional<PoolSpec.Builder> scaled;
  private long revision;
  private int generation;

  /**
   * @param discovers whether one more pool has whatever {@link SimDns} knows
   * @param scaled one more pool, whose endpoints come and go
   */
  Declared(
      Store store,
      Random random,
      Mutation mutation,
      boolean discovers,
      Optional<PoolSpec.Builder> scaled) {
    this.store = store;
    this.scaled = scaled;
    this.discovers = discovers;
    this.journal = new Journal(store, HISTORY);
    this.random = random;
    this.mutation = mutation;
    int count = 1 + random.nextInt(2);
    for (int i = 0; i < count; i++) {
      pools.add(pool(i));
    }
  }

  private PoolSpec.Builder pool(int number) {
    long interval = 500 + 250L * random.nextInt(3);
    PoolSpec.Builder pool =
        PoolSpec.newBuilder()
            .setHealth(
                HealthCheck.newBuilder()
                    .setTcp(TcpProbe.getDefaultInstance())
                    .setInterval(millis(interval))
                    .setTimeout(millis(100 + 50L * random.nextInt(3)))
                    .setRise(mutation == Mutation.NEVER_BACK ? 100 : 2)
                    .setFall(2 + random.nextInt(2)));
    Priorities.Builder priorities =
        Priorities.newBuilder().setFailback(Failback.newBuilder().setAfter(millis(1_000)));
    if (mutation == Mutation.NO_PANIC) {
      priorities.setPanic(0);
    }
    pool.setPriorities(priorities);
    int primaries = 1 + random.nextInt(4);
    int backups = random.nextInt(3);
    for (int i = 0; i < primaries + backups; i++) {
      String address = "10.0.%d.%d:80".formatted(number, 1 + i);
      addresses.add(address);
      pool.addEndpoints(
          Endpoint.newBuilder()
              .setAddress(address)
              .setPriority(i < primaries ? 0 : 1)
              .setWeight(1 + random.nextInt(3)));
    }
    return pool;
  }

  private static Duration millis(long millis) {
    return Duration.newBuilder()
        .setSeconds(millis / 1_000)
        .setNanos((int) (millis % 1_000) * 1_000_000)
        .build();
  }

  /** Whether all endpoints of a pool are those that are declared. */
  static boolean isWhole(String pool) {
    return !pool.equals(SimDns.POOL) && !pool.equals(ScaledPool.POOL);
  }

  List<String> addresses() {
    return List.copyOf(addresses);
  }

  /** Of the newest that was written. */
  long revision() {
    return revision;
  }

  /** Something that changes what agents run but not what is probed. */
  void change() {
    PoolSpec.Builder pool = pools.get(random.nextInt(pools.size()));
    Endpoint.Builder endpoint = pool.getEndpointsBuilder(random.nextInt(pool.getEndpointsCount()));
    endpoint.setWeight(1 + endpoint.getWeight() % 9);
    write();
  }

  /** Writes everything as it is now declared. */
  void write() {
    generation++;
    List<Write> writes = new ArrayList<>();
    ListenerSpec.Builder listener = ListenerSpec.newBuilder().setBind("0.0.0.0:8080");
    for (int i = 0; i < pools.size(); i++) {
      String name = "pool-" + i;
      listener.addRoutes(RouteRule.newBuilder().setPathPrefix("/" + i).setPool(name));
      writes.add(
          put(
              ResourceKey.pool(name),
              Resource.newBuilder().setPool(Pool.newBuilder().setSpec(pools.get(i)))));
    }
    if (discovers) {
      listener.addRoutes(RouteRule.newBuilder().setPathPrefix("/found").setPool(SimDns.POOL));
      writes.add(
          put(
              ResourceKey.pool(SimDns.POOL),
              Resource.newBuilder().setPool(Pool.newBuilder().setSpec(found()))));
    }
    scaled.ifPresent(spec -> {
      listener.addRoutes(RouteRule.newBuilder().setPathPrefix("/scaled").setPool(ScaledPool.POOL));
      writes.add(
          put(
              ResourceKey.pool(ScaledPool.POOL),
              Resource.newBuilder().setPool(Pool.newBuilder().setSpec(spec))));
    });
    writes.add(
        put(
            ResourceKey.listener("web"),
            Resource.newBuilder().setListener(Listener.newBuilder().setSpec(listener))));
    Journal.State seen = journal.read();
    StagedChanges.Listed staged = StagedChanges.list(store);
    if (!staged.staging().active().isEmpty()) {
      // Refused, as any write of what goes out step by step.
      return;
    }
    CommitResult result =
        journal.append(
            seen,
            new Journal.Authorship("sim", "", Instant.EPOCH),
            writes,
            List.of(),
            new Journal.Along(0, List.of(staged.unchanged()), List.of()));
    if (result instanceof CommitResult.Committed committed) {
      revision = committed.revision();
    }
  }

  private static PoolSpec.Builder found() {
    return PoolSpec.newBuilder()
        .setDiscovery(
            Discovery.newBuilder()
                .setDns(
                    DnsDiscovery.newBuilder()
                        .setName(SimDns.NAME)
                        .setType(DnsType.DNS_TYPE_A)
                        .setPort(SimDns.PORT)
                        .setMinInterval(millis(1_000))
                        .setMaxInterval(millis(4_000))));
  }

  private Write put(ResourceKey key, Resource.Builder resource) {
    return new Write.Put(
        key.storeKey(),
        resource
            .setMetadata(Metadata.newBuilder().setName(key.name()).setGeneration(generation))
            .build()
            .toByteString());
  }
}
