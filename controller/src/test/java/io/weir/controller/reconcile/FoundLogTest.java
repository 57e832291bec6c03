package io.weir.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.weir.controller.model.Config;
import io.weir.controller.model.Found;
import io.weir.controller.model.Kind;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.reconcile.FoundLog.Outcome;
import io.weir.controller.store.EmbeddedStore;
import io.weir.controller.store.Store;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write.Put;
import io.weir.v1.DiscoveredEndpoint;
import io.weir.v1.Discovery;
import io.weir.v1.Endpoint;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of what was found before. */
final class FoundLogTest {
  private static List<DiscoveredEndpoint> some(int first, int count, String name) {
    List<DiscoveredEndpoint> endpoints = new ArrayList<>();
    for (int i = first; i < first + count; i++) {
      endpoints.add(
          DiscoveredEndpoint.newBuilder()
              .setAddress("10.0.%d.%d:8080".formatted(i / 256, i % 256))
              .setWeight(1)
              .setName(name)
              .build());
    }
    return endpoints;
  }

  private static Config config(long revision, String... declared) {
    PoolSpec.Builder spec = PoolSpec.newBuilder().setDiscovery(Discovery.getDefaultInstance());
    for (String address : declared) {
      spec.addEndpoints(Endpoint.newBuilder().setAddress(address));
    }
    return new Config(
        revision,
        new TreeMap<>(
            Map.of(
                ResourceKey.pool("web"),
                Resource.newBuilder()
                    .setMetadata(Metadata.newBuilder().setName("web"))
                    .setPool(Pool.newBuilder().setSpec(spec))
                    .build())));
  }

  private static List<String> addresses(Config config) {
    return config
        .of(Kind.POOL)
        .flatMap(pool -> pool.getPool().getSpec().getEndpointsList().stream())
        .map(Endpoint::getAddress)
        .toList();
  }

  @Test
  void everyRevisionIsToldExactlyOrNotAtAll() {
    Found found = null;
    for (int write = 1; write <= 30; write++) {
      found = new Found(10L * write, FoundLog.record(some(write, 1, "n"), found));
      for (int then = 1; then <= 10 * write + 5; then++) {
        Optional<Config> past = Found.at(config(1), Map.of("web", found), then);
        int of = then / 10;
        if (of < 1 || of < write - 8) {
          assertThat(past).as("revision %d after %d writes", then, write).isEmpty();
        } else {
          assertThat(addresses(past.orElseThrow()))
              .as("revision %d after %d writes", then, write)
              .containsExactly("10.0.0." + of + ":8080");
        }
      }
    }
  }

  @Test
  void whatWasThereBeforeIsWhatTheStoreHas(@TempDir Path temp) {
    try (Store store = EmbeddedStore.open(temp, "default")) {
      store.commit(
          new Transaction(List.of(), List.of(new Put("meta/term", ByteString.copyFromUtf8("2")))));
      // Two controllers, of which the one that leads next has seen nothing of what this one wrote.
      FoundLog log = new FoundLog(store);
      Outcome.Written one = (Outcome.Written) log.write(2, "web", some(1, 3, "n"));
      Outcome.Written two = (Outcome.Written) new FoundLog(store).write(2, "web", some(2, 1, "n"));
      assertThat(log.write(2, "web", some(2, 1, "n"))).isEqualTo(two);
      Map<String, Found> found = Image.found(store.list("config/found/").entries());
      assertThat(addresses(Found.at(config(1), found, one.revision()).orElseThrow())).hasSize(3);
      assertThat(addresses(Found.at(config(1), found, two.revision()).orElseThrow())).hasSize(1);
      assertThat(log.write(1, "web", some(1, 3, "n"))).isEqualTo(new Outcome.Superseded());
      // What cannot be read has no endpoints, and goes as well.
      store.commit(
          new Transaction(
              List.of(), List.of(new Put("config/found/web", ByteString.copyFromUtf8("?")))));
      log.write(2, "web", List.of());
      assertThat(store.list("config/found/").entries()).isEmpty();
    }
  }

  @Test
  void theRevisionIsThatOfTheLastWriteOfEither() {
    Found found = new Found(7, FoundLog.record(some(1, 1, "n"), null));
    assertThat(Found.with(config(5), Map.of("web", found)).revision()).isEqualTo(7);
    assertThat(Found.with(config(9), Map.of("web", found)).revision()).isEqualTo(9);
    Config plain = new Config(3, new TreeMap<>());
    assertThat(Found.with(plain, Map.of("web", found))).isSameAs(plain);
  }

  @Test
  void whatIsDeclaredGoesBeforeWhatWasFoundAndStandsForIt() {
    Found found = new Found(7, FoundLog.record(some(1, 3, "n"), null));
    assertThat(addresses(Found.with(config(5, "10.0.0.2:8080"), Map.of("web", found))))
        .containsExactly("10.0.0.2:8080", "10.0.0.1:8080", "10.0.0.3:8080");
    Found v6 =
        new Found(
            7,
            FoundLog.record(
                List.of(DiscoveredEndpoint.newBuilder().setAddress("[2001:db8::1]:80").build()),
                null));
    assertThat(addresses(Found.with(config(5, "[2001:DB8:0::1]:80"), Map.of("web", v6))))
        .containsExactly("[2001:DB8:0::1]:80");
  }

  @Test
  void aRecordFitsIntoOneValueOfTheStore() {
    String longest = "x".repeat(60) + "." + "y".repeat(60) + "." + "z".repeat(60);
    Found found = null;
    for (int write = 0; write < 20; write++) {
      found =
          new Found(
              write + 1, FoundLog.record(FoundLog.fitting(some(write, 4_096, longest)), found));
      assertThat(found.record().getSerializedSize()).isLessThan(512 << 10);
      assertThat(found.record().getEndpointsCount()).isEqualTo(4_096);
    }
  }
}
