package io.weir.controller.reconcile;

import io.weir.v1.InstanceState;
import io.weir.v1.RegisterRequest;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerRecord;
import java.time.Instant;

/** Endpoints that say by themselves that they are there, or that they go. */
final class Registering {
  private static final int MAX_INSTANCES = 4_096;

  private Registering() {}

  /** With all that wait to be put down, who are then answered. */
  static ScalerRecord all(Scaling one, ScalerRecord record, Instant wall) {
    ScalerRecord next = record;
    while (!one.registrations.isEmpty()) {
      Scaling.Registration each = one.registrations.remove();
      ScalerRecord before = next;
      next = with(before, each.request(), wall);
      one.answered.add(new Scaling.Answering(each, !next.equals(before)));
    }
    return next;
  }

  private static String id(RegisterRequest request) {
    return request.getId().isEmpty() ? request.getAddress() : request.getId();
  }

  private static boolean is(ScaledInstance one, RegisterRequest request) {
    return one.getId().equals(id(request))
        || (!request.getAddress().isEmpty() && one.getAddress().equals(request.getAddress()));
  }

  static ScalerRecord with(ScalerRecord record, RegisterRequest request, Instant wall) {
    for (int i = 0; i < record.getInstancesCount(); i++) {
      if (is(record.getInstances(i), request)) {
        ScaledInstance next = changed(record.getInstances(i), request, wall);
        return next.equals(record.getInstances(i))
            ? record
            : record.toBuilder().setInstances(i, next).build();
      }
    }
    if (request.getLeaving() || record.getInstancesCount() >= MAX_INSTANCES) {
      return record;
    }
    return record.toBuilder()
        .addInstances(
            ScaledInstance.newBuilder()
                .setId(id(request))
                .setAddress(request.getAddress())
                .setZone(request.getZone())
                .setState(InstanceState.INSTANCE_STATE_STARTING)
                .setSince(AgentEntry.timestamp(wall))
                .setReason("it said that it is there"))
        .build();
  }

  private static ScaledInstance changed(ScaledInstance is, RegisterRequest request, Instant wall) {
    boolean going =
        is.getState() == InstanceState.INSTANCE_STATE_DRAINING
            || is.getState() == InstanceState.INSTANCE_STATE_ENDING;
    ScaledInstance.Builder next = is.toBuilder();
    if (request.getLeaving()) {
      return going
          ? is
          : next.setState(InstanceState.INSTANCE_STATE_DRAINING)
              .setSince(AgentEntry.timestamp(wall))
              .setDecision(0)
              .setReason("it said that it goes")
              .build();
    }
    boolean moved =
        !request.getAddress().isEmpty() && !request.getAddress().equals(is.getAddress());
    boolean back = going && is.getDecision() == 0;
    // Where its provider says that it is counts, while it is the same one.
    if (!request.getZone().isEmpty() && (moved || is.getZone().isEmpty())) {
      next.setZone(request.getZone());
    }
    if (!moved && !back) {
      return next.build();
    }
    if (moved) {
      next.setAddress(request.getAddress());
    }
    // Another endpoint than before, or one that has been away: it has to prove itself.
    boolean first = is.getAddress().isEmpty() || going && !back;
    return first
        ? next.build()
        : next.setState(InstanceState.INSTANCE_STATE_STARTING)
            .setSince(AgentEntry.timestamp(wall))
            .setReason("it said that it is there")
            .build();
  }

  /** As it is put down; of one that is not, what was asked for. */
  static ScaledInstance instance(ScalerRecord record, RegisterRequest request) {
    return record.getInstancesList().stream()
        .filter(one -> is(one, request))
        .findFirst()
        .orElse(
            ScaledInstance.newBuilder()
                .setId(id(request))
                .setAddress(request.getAddress())
                .setState(InstanceState.INSTANCE_STATE_ENDING)
                .setReason("it is not known")
                .build());
  }
}
