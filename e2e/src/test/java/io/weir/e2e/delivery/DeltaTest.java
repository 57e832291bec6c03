package io.weir.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.control.Replica;
import io.weir.controller.model.Config;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.snapshot.Catalog;
import io.weir.controller.snapshot.Content;
import io.weir.controller.snapshot.Piece;
import io.weir.controller.snapshot.SnapshotDelta;
import io.weir.v1.Delta;
import io.weir.v1.Endpoint;
import io.weir.v1.Listener;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.RouteRule;
import io.weir.v1.Snapshot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class DeltaTest {
  @Test
  void an_agent_that_takes_a_delta_holds_what_the_whole_snapshot_would_have_been() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    for (int round = 0; round < 300; round++) {
      Random random = new Random(seed + round);
      Content content = content(random, new ArrayList<>());
      Replica held =
          Replica.of(
              Snapshot.newBuilder()
                  .setEpoch("e")
                  .setRevision(1)
                  .addAllResources(resources(content))
                  .build());
      for (int revision = 2; revision < 8; revision++) {
        Content next = content(random, resources(content));
        SnapshotDelta delta = SnapshotDelta.between(content, next);
        Replica.Outcome outcome =
            held.offer(
                Delta.newBuilder()
                    .setEpoch("e")
                    .setBaseRevision(revision - 1)
                    .setRevision(revision)
                    .addAllChanged(delta.changed().stream().map(Piece::resource).toList())
                    .addAllRemoved(delta.removed().stream().map(ResourceKey::ref).toList())
                    .addAllPatches(delta.patches())
                    .build());
        String told = "replay with -Dweir.seed=" + (seed + round);
        assertThat(outcome).as(told).isInstanceOf(Replica.Outcome.Candidate.class);
        held = ((Replica.Outcome.Candidate) outcome).next();
        assertThat(held.toSnapshot().getResourcesList())
            .as(told)
            .containsExactlyInAnyOrderElementsOf(resources(next));
        content = next;
      }
    }
  }

  private static List<Resource> resources(Content content) {
    return content.pieces().values().stream().map(Piece::resource).toList();
  }

  /** Some pools that a listener names, of which many are as before but for some endpoints. */
  private static Content content(Random random, List<Resource> before) {
    SortedMap<ResourceKey, Resource> all = new TreeMap<>();
    ListenerSpec.Builder web = ListenerSpec.newBuilder().setBind("127.0.0.1:80");
    for (int i = 0; i < 4; i++) {
      String name = "p" + i;
      if (random.nextInt(5) == 0) {
        continue;
      }
      web.addRoutes(RouteRule.newBuilder().setPool(name));
      List<Endpoint> endpoints = new ArrayList<>();
      before.stream()
          .filter(resource -> resource.hasPool() && resource.getMetadata().getName().equals(name))
          .forEach(pool -> endpoints.addAll(pool.getPool().getSpec().getEndpointsList()));
      for (int edits = random.nextInt(4); edits > 0; edits--) {
        int place = random.nextInt(endpoints.size() + 1);
        if (place < endpoints.size() && random.nextBoolean()) {
          endpoints.remove(place);
        } else {
          endpoints.add(
              place, Endpoint.newBuilder().setAddress("h" + random.nextInt(99) + ":80").build());
        }
      }
      if (random.nextInt(8) == 0) {
        Collections.shuffle(endpoints, random);
      }
      put(
          all,
          Resource.newBuilder()
              .setMetadata(Metadata.newBuilder().setName(name))
              .setPool(
                  Pool.newBuilder()
                      .setSpec(
                          PoolSpec.newBuilder()
                              .addAllEndpoints(endpoints)
                              .setPreferZone(random.nextInt(6) == 0)))
              .build());
    }
    put(
        all,
        Resource.newBuilder()
            .setMetadata(Metadata.newBuilder().setName("web"))
            .setListener(Listener.newBuilder().setSpec(web))
            .build());
    return Catalog.of(new Config(1, all)).content(Map.of());
  }

  private static void put(SortedMap<ResourceKey, Resource> all, Resource resource) {
    all.put(ResourceKey.of(resource).orElseThrow(), resource);
  }
}
