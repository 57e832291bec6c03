package io.weir.agent.control;

import io.weir.v1.Endpoint;
import io.weir.v1.EndpointPatch;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Changes of a pool's endpoints, by their places in its list. Pure. */
final class Patching {
  private Patching() {}

  /** Empty: the patch was made for another list. */
  static Optional<Resource> patched(Resource pool, EndpointPatch patch) {
    if (!pool.hasPool()) {
      return Optional.empty();
    }
    PoolSpec spec = pool.getPool().getSpec();
    return patched(spec.getEndpointsList(), patch)
        .map(endpoints -> {
          Resource.Builder after = pool.toBuilder();
          after.getPoolBuilder().getSpecBuilder().clearEndpoints().addAllEndpoints(endpoints);
          return after.build();
        });
  }

  private static Optional<List<Endpoint>> patched(List<Endpoint> before, EndpointPatch patch) {
    List<Endpoint> stay = new ArrayList<>(before.size());
    int gone = 0;
    for (int place = 0; place < before.size(); place++) {
      if (gone < patch.getRemovedCount() && patch.getRemoved(gone) == place) {
        gone++;
      } else {
        stay.add(before.get(place));
      }
    }
    if (gone < patch.getRemovedCount()) {
      return Optional.empty();
    }
    List<Endpoint> after = new ArrayList<>(stay.size() + patch.getInsertedCount());
    int taken = 0;
    for (EndpointPatch.Insertion insertion : patch.getInsertedList()) {
      while (after.size() < insertion.getPlace() && taken < stay.size()) {
        after.add(stay.get(taken++));
      }
      if (after.size() != insertion.getPlace()) {
        return Optional.empty();
      }
      after.add(insertion.getEndpoint());
    }
    after.addAll(stay.subList(taken, stay.size()));
    return Optional.of(after);
  }
}
