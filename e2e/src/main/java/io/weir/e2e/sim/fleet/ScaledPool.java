package io.weir.e2e.sim.fleet;

import com.google.protobuf.Duration;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.model.Scaled;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Write;
import io.weir.controller.store.StoreException;
import io.weir.v1.Endpoint;
import io.weir.v1.HealthCheck;
import io.weir.v1.Metadata;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.ScaleBehavior;
import io.weir.v1.ScaleHook;
import io.weir.v1.ScaleMode;
import io.weir.v1.ScaleTargets;
import io.weir.v1.Scaler;
import io.weir.v1.ScalerSpec;
import io.weir.v1.TcpProbe;
import io.weir.v1.WebhookHook;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * A pool whose endpoints come and go, in some of the worlds: by its load, and by operators who
 * change how many there may be. Nothing but this, its {@link SimCloud} and its {@link
 * ScaledInvariants} looks at it.
 */
final class ScaledPool {
  static final String POOL = "scaled";
  static final String SCALER = "scaler";
  static final String KEY = Scaled.storeKey(SCALER);
  static final String SPEC = ResourceKey.scaler(SCALER).storeKey();
  static final String FIXED = "10.5.1.1:80";

  private static final long SECOND = World.SECOND;
  private static final int ONE_OF = 3;
  private static final int HISTORY = 100;
  private static final int MOST = 6;
  private static final int LOAD = 14;

  /** One in so many. */
  private static final int DYING = 8;

  final SimCloud cloud;
  final ScaledInvariants invariants;
  private final World world;
  private final Random random;
  private final boolean present;
  private final int fixed;
  private final Duration drainTimeout;
  private int load;
  private int generation;

  ScaledPool(World world, long seed) {
    this.world = world;
    this.present = seed % ONE_OF == 1;
    this.random = new Random(seed ^ 0x2545F4914F6CDD1DL);
    this.fixed = random.nextInt(2);
    this.drainTimeout = Duration.newBuilder().setSeconds(6 + random.nextInt(8)).build();
    this.cloud = new SimCloud(world, new Random(random.nextLong()));
    this.invariants = new ScaledInvariants(world, drainTimeout.getSeconds() * SECOND);
  }

  /** Whether this world has one at all. */
  boolean isPresent() {
    return present;
  }

  /** Endpoints that are declared. */
  int fixed() {
    return fixed;
  }

  /** Requests that clients want to have under way at each agent. */
  int load() {
    return load;
  }

  PoolSpec.Builder pool() {
    PoolSpec.Builder pool =
        PoolSpec.newBuilder()
            .setHealth(
                HealthCheck.newBuilder()
                    .setTcp(TcpProbe.getDefaultInstance())
                    .setInterval(Duration.newBuilder().setNanos(500_000_000))
                    .setTimeout(Duration.newBuilder().setNanos(150_000_000))
                    .setRise(2)
                    .setFall(3));
    if (fixed > 0) {
      pool.addEndpoints(Endpoint.newBuilder().setAddress(FIXED));
    }
    return pool;
  }

  void start() {
    if (present) {
      declare(1 + random.nextInt(2), 3 + random.nextInt(MOST - 3));
      world.time.at(2 * SECOND, this::busy);
      world.time.at(World.FAULTS_FROM, this::bound);
      world.time.at(World.FAULTS_TO + SECOND, () -> settle(fixed + 1 + random.nextInt(MOST - 1)));
    }
  }

  /** Clients come and go. */
  private void busy() {
    int size = world.names().size();
    load = (random.nextInt(LOAD) + random.nextInt(size)) / size;
    world.invariants.trace(() -> "%d requests at each agent".formatted(load));
    if (world.time.now() < World.FAULTS_TO) {
      world.time.after((5 + random.nextInt(15)) * SECOND, this::busy);
    }
  }

  /** Operators come and go. */
  private void bound() {
    if (world.time.now() < World.FAULTS_TO - 4 * SECOND) {
      int min = fixed + random.nextInt(MOST - 1);
      declare(Math.max(1, min), Math.max(1, min) + random.nextInt(3));
      world.time.after((4 + random.nextInt(12)) * SECOND, this::bound);
    }
  }

  /**
   * Of what was committed; a sentence where it must not have been. By chance who wrote that the
   * hook is to be called dies before, or just after, it does.
   */
  Optional<String> committed(List<Write> writes, long revision) {
    int calls = invariants.calls();
    Optional<String> wrong = invariants.committed(writes, revision);
    long now = world.time.now();
    if (invariants.calls() > calls
        && now > World.FAULTS_FROM
        && now < World.FAULTS_TO - 10 * SECOND
        && random.nextInt(DYING) == 0) {
      world.time.after(random.nextLong(SECOND / 50), this::killLeader);
    }
    return wrong;
  }

  private void killLeader() {
    world
        .leader()
        .ifPresent(leader -> {
          world.killController(leader);
          world.time.after(
              SECOND / 2 + random.nextLong(4 * SECOND),
              () -> {
                if (world.cluster == Cluster.SEVERAL || world.leader().isEmpty()) {
                  world.startController(leader.host);
                }
              });
        });
  }

  /** There is to be one number of them in the end. */
  private void settle(int number) {
    if (declare(number, number)) {
      invariants.settlesAt(number);
    } else {
      world.time.after(SECOND / 2, () -> settle(number));
    }
  }

  private boolean declare(int min, int max) {
    ScalerSpec.Builder spec =
        ScalerSpec.newBuilder()
            .setPool(POOL)
            .setMin(min)
            .setMax(max)
            .setMode(ScaleMode.SCALE_MODE_ACT)
            .setTargets(ScaleTargets.newBuilder().setInFlight(2))
            .setIn(ScaleBehavior.newBuilder().setStabilization(Duration.newBuilder().setSeconds(3)))
            .setStartup(Duration.newBuilder().setSeconds(5))
            .setDrainTimeout(drainTimeout)
            .setHook(ScaleHook.newBuilder().setWebhook(WebhookHook.getDefaultInstance()));
    Resource resource =
        Resource.newBuilder()
            .setMetadata(Metadata.newBuilder().setName(SCALER).setGeneration(++generation))
            .setScaler(Scaler.newBuilder().setSpec(spec))
            .build();
    try {
      Journal journal = new Journal(world.store, HISTORY);
      CommitResult result =
          journal.append(
              journal.read(),
              new Journal.Authorship("sim", "", Instant.EPOCH),
              List.of(new Write.Put(SPEC, resource.toByteString())),
              List.of());
      boolean done = result instanceof CommitResult.Committed;
      world.invariants.trace(() -> "*** %d to %d endpoints: %s".formatted(min, max, done));
      return done;
    } catch (StoreException e) {
      world.invariants.trace(() -> "*** it is not known whether %d to %d".formatted(min, max));
      return false;
    }
  }
}
