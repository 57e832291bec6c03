package io.weir.e2e.sim.fleet;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Store.CommitResult;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Write;
import io.weir.controller.store.StoreException;
import io.weir.v1.Endpoint;
import io.weir.v1.Pool;
import io.weir.v1.Resource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Operators who change weights through whichever controller they come to, each leaving a number of
 * its own that only grows. Once a write is acknowledged its number is there for good.
 */
final class Writers {
  private static final int WRITERS = 3;
  private static final int ATTEMPTS = 6;
  private static final long PAUSE = 10 * World.SECOND;

  private final World world;
  private final Random random;
  private final Map<String, Long> acknowledged = new HashMap<>();
  private long numbers;
  private long checks;

  Writers(World world, Random random) {
    this.world = world;
    this.random = random;
  }

  void start() {
    world.time.at(World.FAULTS_FROM / 2 + random.nextLong(PAUSE), this::turn);
  }

  /** By chance some of them write at the same time. */
  private void turn() {
    if (world.time.now() >= World.FAULTS_TO) {
      return;
    }
    List<SimController> there =
        world.controllers().stream()
            .filter(controller -> controller.isLoaded() && !controller.isPaused())
            .toList();
    int writing = there.isEmpty() ? 0 : 1 + random.nextInt(WRITERS);
    for (int writer = 0; writer < writing; writer++) {
      attempt(writer, ++numbers, there.get(random.nextInt(there.size())), ATTEMPTS);
    }
    world.time.after(1 + random.nextLong(PAUSE), this::turn);
  }

  /** Reads, and writes a little later, as everything between it and the store takes its time. */
  private void attempt(int writer, long number, SimController controller, int left) {
    controller.ask(() -> {
      try {
        Journal.State state = controller.journal.read();
        List<Entry> pools =
            state.config().values().stream()
                .filter(entry -> entry.key().startsWith(ResourceKey.pool("").storeKey()))
                .filter(entry ->
                    Declared.isWhole(
                        entry.key().substring(ResourceKey.pool("").storeKey().length())))
                .toList();
        Entry pool = pools.get(random.nextInt(pools.size()));
        Write next = new Write.Put(pool.key(), changed(pool, writer, number).toByteString());
        controller.ask(() -> write(writer, number, controller, state, next, left));
      } catch (StoreException e) {
        world.invariants.trace(() -> "writer %d fails: %s".formatted(writer, e.getMessage()));
      }
    });
  }

  private void write(
      int writer, long number, SimController controller, Journal.State seen, Write next, int left) {
    try {
      CommitResult result =
          controller.journal.append(
              seen, new Journal.Authorship("sim", "", Instant.EPOCH), List.of(next), List.of());
      if (result instanceof CommitResult.Committed committed) {
        acknowledged.merge(mark(writer, next.key()), number, Math::max);
        world.invariants.trace(() ->
            "writer %d has written %d through %s, revision %d"
                .formatted(writer, number, controller.name, committed.revision()));
      } else if (left > 1) {
        attempt(writer, number, controller, left - 1);
      }
    } catch (StoreException e) {
      world.invariants.trace(() -> "writer %d does not know of %d".formatted(writer, number));
    }
  }

  private Resource changed(Entry pool, int writer, long number) {
    Resource.Builder resource = parse(pool.key(), pool.value()).toBuilder();
    Pool.Builder spec = resource.getPoolBuilder();
    Endpoint.Builder endpoint =
        spec.getSpecBuilder()
            .getEndpointsBuilder(random.nextInt(spec.getSpec().getEndpointsCount()));
    endpoint.setWeight(1 + endpoint.getWeight() % 9);
    // One that was slow may come after a later one.
    long newest = Math.max(number, number(resource.build(), writer));
    resource
        .getMetadataBuilder()
        .setGeneration(resource.getMetadata().getGeneration() + 1)
        .putAnnotations("writer-" + writer, Long.toString(newest));
    return resource.build();
  }

  private static long number(Resource pool, int writer) {
    return Long.parseLong(pool.getMetadata().getAnnotationsOrDefault("writer-" + writer, "0"));
  }

  private static Resource parse(String key, ByteString value) {
    try {
      return Resource.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(key, e);
    }
  }

  private static String mark(int writer, String key) {
    return writer + " " + key;
  }

  /**
   * Writes that lack what was acknowledged before, in sentences.
   *
   * @param writes of one transaction
   */
  List<String> lost(List<Write> writes) {
    List<String> lost = new ArrayList<>();
    for (Write write : writes) {
      for (int writer = 0; writer < WRITERS; writer++) {
        Long number = acknowledged.get(mark(writer, write.key()));
        if (number != null) {
          checks++;
          long found =
              switch (write) {
                case Write.Put put -> number(parse(put.key(), put.value()), writer);
                case Write.Delete _ -> 0;
              };
          if (found < number) {
            lost.add(
                "write %d of %s by writer %d was acknowledged and is gone"
                    .formatted(number, write.key(), writer));
          }
        }
      }
    }
    return lost;
  }

  /** How often anything was compared with what was acknowledged. */
  long checks() {
    return checks;
  }
}
