package io.weir.controller.snapshot;

import io.weir.controller.model.ResourceKey;
import io.weir.v1.EndpointPatch;
import io.weir.v1.Pool;
import io.weir.v1.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What turns one content into another.
 *
 * @param changed whole, new ones among them
 * @param patches of pools that change in nothing but their endpoints, where that is less than the
 *     whole pool
 */
public record SnapshotDelta(
    List<Piece> changed, List<ResourceKey> removed, List<EndpointPatch> patches) {
  public SnapshotDelta {
    changed = List.copyOf(changed);
    removed = List.copyOf(removed);
    patches = List.copyOf(patches);
  }

  public static SnapshotDelta between(Content base, Content next) {
    List<Piece> changed = new ArrayList<>();
    List<EndpointPatch> patches = new ArrayList<>();
    next.pieces()
        .forEach((key, piece) -> {
          Piece before = base.pieces().get(key);
          if (!piece.equals(before)) {
            Optional<EndpointPatch> patch =
                before == null ? Optional.empty() : patch(before.resource(), piece.resource());
            patch.ifPresentOrElse(patches::add, () -> changed.add(piece));
          }
        });
    List<ResourceKey> removed =
        base.pieces().keySet().stream().filter(key -> !next.pieces().containsKey(key)).toList();
    return new SnapshotDelta(changed, removed, patches);
  }

  /** If it is of any use. */
  private static Optional<EndpointPatch> patch(Resource before, Resource after) {
    if (!before.hasPool()
        || !after.hasPool()
        || !otherwise(before.getPool()).equals(otherwise(after.getPool()))) {
      return Optional.empty();
    }
    EndpointPatch patch =
        EndpointChanges.between(
            after.getMetadata().getName(),
            before.getPool().getSpec().getEndpointsList(),
            after.getPool().getSpec().getEndpointsList());
    return Optional.of(patch).filter(made -> made.getSerializedSize() < after.getSerializedSize());
  }

  /** All but the endpoints. */
  private static Pool otherwise(Pool pool) {
    Pool.Builder rest = pool.toBuilder();
    rest.getSpecBuilder().clearEndpoints();
    return rest.build();
  }
}
