package io.weir.e2e.sim.fleet;

import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.agent.control.Replica;
import io.weir.controller.discovery.Answer;
import io.weir.controller.discovery.Query;
import io.weir.controller.discovery.Resolver;
import io.weir.controller.model.Found;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.store.Store.Write;
import io.weir.v1.DiscoveredEndpoint;
import io.weir.v1.DiscoveryRecord;
import io.weir.v1.Endpoint;
import io.weir.v1.Resource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The name server of a simulated cluster, which knows one name, of which the addresses come and go;
 * at times it knows nothing or does not answer. It remembers what was written of them.
 */
final class SimDns implements Resolver {
  /** The pool whose endpoints it has, and that nothing but this looks at. */
  static final String POOL = "found";

  static final String NAME = "found.sim";
  static final int PORT = 80;

  private static final int ADDRESSES = 6;
  private static final long PAUSE = 5 * World.SECOND;
  private static final long LATENCY = World.SECOND / 10;
  private static final long PATIENCE = 2 * World.SECOND;

  private final World world;
  private final Random random;
  private final TreeMap<Long, List<String>> written = new TreeMap<>();
  private List<String> addresses = List.of();
  private boolean answers = true;

  SimDns(World world, long seed) {
    this.world = world;
    this.random = new Random(seed ^ 0x5DEECE66DL);
  }

  /** Changes now and then, until everything is to be well. */
  void start() {
    addresses = some();
    world.time.after(1 + random.nextLong(PAUSE), this::turn);
  }

  private void turn() {
    if (world.time.now() >= World.FAULTS_TO) {
      return;
    }
    int what = random.nextInt(6);
    answers = what != 0;
    addresses = what == 1 ? List.of() : some();
    world.invariants.trace(() -> "dns " + (answers ? addresses.toString() : "is silent"));
    world.time.after(1 + random.nextLong(PAUSE), this::turn);
  }

  private List<String> some() {
    List<String> all = new ArrayList<>();
    for (int i = 1; i <= ADDRESSES; i++) {
      all.add("10.9.0." + i);
    }
    Collections.shuffle(all, random);
    return List.copyOf(all.subList(0, 1 + random.nextInt(ADDRESSES)));
  }

  /** It answers, with something. */
  void heal() {
    answers = true;
    addresses = addresses.isEmpty() ? some() : addresses;
  }

  @Override
  public void ask(Query query, List<String> servers, Consumer<Answer> answer) {
    Answer now =
        answers
            ? new Answer.Addresses(addresses, random.nextLong(3 * World.SECOND))
            : new Answer.Failed("was not answered in time");
    world.time.after(answers ? 1 + random.nextLong(LATENCY) : PATIENCE, () -> answer.accept(now));
  }

  /** Of what was committed; a sentence where it must not have been. */
  Optional<String> committed(List<Write> writes, long revision) {
    for (Write write : writes) {
      if (Found.parseStoreKey(write.key()).isPresent()) {
        List<String> now = write instanceof Write.Put put ? addresses(put) : List.of();
        written.put(revision, now);
        if (now.isEmpty()) {
          return Optional.of("revision %d leaves nothing that was found".formatted(revision));
        }
      }
    }
    return Optional.empty();
  }

  private static List<String> addresses(Write.Put put) {
    try {
      return DiscoveryRecord.parseFrom(put.value()).getEndpointsList().stream()
          .map(DiscoveredEndpoint::getAddress)
          .toList();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(put.key(), e);
    }
  }

  /** Whether {@code next} has what was found as of its revision; a sentence where not. */
  Optional<String> wrong(Replica next) {
    for (Resource resource : next.resources().values()) {
      if (resource.hasPool() && resource.getMetadata().getName().equals(POOL)) {
        List<String> runs =
            resource.getPool().getSpec().getEndpointsList().stream()
                .map(Endpoint::getAddress)
                .toList();
        Map.Entry<Long, List<String>> then = written.floorEntry(next.revision());
        List<String> found = then == null ? List.of() : then.getValue();
        if (!runs.equals(found)) {
          return Optional.of(
              "revision %d has %s of %s and not %s"
                  .formatted(next.revision(), runs, ResourceKey.pool(POOL), found));
        }
      }
    }
    return Optional.empty();
  }

  /** Whether what was written last is what there is; a sentence where not. */
  Optional<String> unfound() {
    List<String> found = written.isEmpty() ? List.of() : written.lastEntry().getValue();
    List<String> is = addresses.stream().map(one -> one + ":" + PORT).sorted().toList();
    return found.equals(is)
        ? Optional.empty()
        : Optional.of("%s was found in the end and not %s".formatted(found, is));
  }

  /** How often something else was found. */
  int changes() {
    return written.size();
  }
}
