package io.weir.cli.command;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.weir.cli.admin.Connection;
import io.weir.cli.admin.Ref;
import io.weir.cli.view.RolloutRows;
import io.weir.v1.ListRolloutsRequest;
import io.weir.v1.ResourceRef;
import io.weir.v1.StagedChange;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which resources are about to be others: what is declared is not all that agents run there. */
final class Stagings {
  private final Map<ResourceRef, String> sentences = new HashMap<>();

  private Stagings() {}

  /** Those that are under way; none where the controller is too old to know of any. */
  static Stagings of(Connection connection) {
    Stagings stagings = new Stagings();
    try {
      for (StagedChange change :
          connection
              .admin()
              .listRollouts(ListRolloutsRequest.getDefaultInstance())
              .getRolloutsList()) {
        if (!RolloutRows.isOver(change.getState())) {
          stagings.add(change);
        }
      }
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.UNIMPLEMENTED) {
        throw e;
      }
    }
    return stagings;
  }

  private void add(StagedChange change) {
    String by =
        "by rollout %d (%s)"
            .formatted(change.getNumber(), RolloutRows.word(change.getState(), change.getPaused()));
    change
        .getResourcesList()
        .forEach(one -> sentences.put(Ref.of(one).proto(), "a change is staged " + by));
    change.getDeletedList().forEach(gone -> sentences.put(gone, "its deletion is staged " + by));
  }

  /** "a change is staged by rollout 7 (baking)". */
  Optional<String> of(Ref ref) {
    return Optional.ofNullable(sentences.get(ref.proto()));
  }

  /** A line for each of these that is staged. */
  List<String> notes(Collection<Ref> refs) {
    return refs.stream()
        .flatMap(ref -> of(ref).map(staged -> ref + ": " + staged).stream())
        .toList();
  }
}
