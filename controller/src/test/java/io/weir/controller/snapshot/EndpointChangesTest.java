package io.weir.controller.snapshot;

import static io.weir.controller.Samples.pool;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.v1.Endpoint;
import io.weir.v1.EndpointPatch;
import io.weir.v1.Resource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class EndpointChangesTest {
  private static Endpoint endpoint(int number, int weight) {
    return Endpoint.newBuilder().setAddress("h:" + number).setWeight(weight).build();
  }

  /** The contract, word by word. */
  private static List<Endpoint> applied(EndpointPatch patch, List<Endpoint> before) {
    List<Endpoint> after = new ArrayList<>(before);
    for (int i = patch.getRemovedCount() - 1; i >= 0; i--) {
      after.remove(patch.getRemoved(i));
    }
    patch
        .getInsertedList()
        .forEach(insertion -> after.add(insertion.getPlace(), insertion.getEndpoint()));
    return after;
  }

  static Resource patched(Resource pool, EndpointPatch patch) {
    Resource.Builder after = pool.toBuilder();
    List<Endpoint> endpoints = applied(patch, pool.getPool().getSpec().getEndpointsList());
    after.getPoolBuilder().getSpecBuilder().clearEndpoints().addAllEndpoints(endpoints);
    return after.build();
  }

  @Test
  void one_endpoint_among_many_is_all_that_is_told() {
    List<Endpoint> before = new ArrayList<>();
    for (int i = 0; i < 4_000; i++) {
      before.add(endpoint(i, 1));
    }
    List<Endpoint> after = new ArrayList<>(before);
    after.set(1_234, endpoint(1_234, 7));

    EndpointPatch patch = EndpointChanges.between("p", before, after);
    assertThat(patch.getRemovedList()).containsExactly(1_234);
    assertThat(patch.getInsertedList())
        .containsExactly(
            EndpointPatch.Insertion.newBuilder()
                .setPlace(1_234)
                .setEndpoint(endpoint(1_234, 7))
                .build());
  }

  @Test
  void one_that_moves_is_the_only_one_that_does() {
    List<Endpoint> before = List.of(endpoint(1, 1), endpoint(2, 1), endpoint(3, 1), endpoint(4, 1));
    List<Endpoint> after = List.of(endpoint(4, 1), endpoint(1, 1), endpoint(2, 1), endpoint(3, 1));

    EndpointPatch patch = EndpointChanges.between("p", before, after);
    assertThat(patch.getRemovedList()).containsExactly(3);
    assertThat(patch.getInsertedCount()).isEqualTo(1);
  }

  @Test
  void any_list_becomes_exactly_any_other() {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    for (int round = 0; round < 5_000; round++) {
      Random random = new Random(seed + round);
      List<Endpoint> before = new ArrayList<>();
      for (int i = random.nextInt(30); i > 0; i--) {
        before.add(endpoint(random.nextInt(40), random.nextInt(3)));
      }
      List<Endpoint> after = new ArrayList<>(before);
      if (random.nextInt(4) == 0) {
        Collections.shuffle(after, random);
      }
      for (int edits = random.nextInt(6); edits > 0; edits--) {
        int place = random.nextInt(after.size() + 1);
        if (place < after.size() && random.nextBoolean()) {
          after.remove(place);
        } else {
          after.add(place, endpoint(random.nextInt(40), random.nextInt(3)));
        }
      }
      assertThat(applied(EndpointChanges.between("p", before, after), before))
          .as("replay with -Dweir.seed=%d", seed + round)
          .isEqualTo(after);
    }
  }

  @Test
  void a_pool_goes_whole_where_a_patch_is_no_less_or_not_all_of_it() {
    Resource one = pool("p", "a:1", "b:1");
    Resource otherwise =
        one.toBuilder()
            .setPool(
                one.getPool().toBuilder()
                    .setSpec(one.getPool().getSpec().toBuilder().setPreferZone(true)))
            .build();
    assertThat(delta(one, pool("p", "c:1", "d:1")).patches()).isEmpty();
    assertThat(delta(one, pool("p", "c:1", "d:1")).changed()).hasSize(1);
    assertThat(delta(one, otherwise).changed()).hasSize(1);
    assertThat(
            delta(pool("p", "a:1", "b:1", "c:1", "d:1"), pool("p", "a:1", "b:1", "c:1")).patches())
        .hasSize(1);
  }

  private static SnapshotDelta delta(Resource before, Resource after) {
    return SnapshotDelta.between(Contents.of(before), Contents.of(after));
  }
}
