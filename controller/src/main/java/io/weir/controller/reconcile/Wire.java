package io.weir.controller.reconcile;

import io.weir.controller.model.ResourceKey;
import io.weir.controller.snapshot.AgentSnapshot;
import io.weir.controller.snapshot.SnapshotDelta;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Delta;
import io.weir.v1.Snapshot;

/** What is sent to agents, as messages. */
final class Wire {
  private Wire() {}

  static ControllerMessage snapshot(Identity identity, AgentSnapshot snapshot) {
    return ControllerMessage.newBuilder()
        .setSnapshot(
            Snapshot.newBuilder()
                .setEpoch(identity.epoch())
                .setTerm(identity.term())
                .setRevision(snapshot.revision())
                .addAllResources(snapshot.content().values()))
        .build();
  }

  static ControllerMessage delta(Identity identity, SnapshotDelta delta) {
    return ControllerMessage.newBuilder()
        .setDelta(
            Delta.newBuilder()
                .setEpoch(identity.epoch())
                .setTerm(identity.term())
                .setBaseRevision(delta.baseRevision())
                .setRevision(delta.revision())
                .addAllChanged(delta.changed())
                .addAllRemoved(delta.removed().stream().map(ResourceKey::ref).toList()))
        .build();
  }
}
