package io.weir.controller.reconcile;

import io.weir.v1.InstanceState;
import io.weir.v1.RegisterRequest;
import io.weir.v1.RegisterResponse;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerRecord;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/**
 * Endpoints of one scaler that say by themselves that they are there, or that they go, and who is
 * told once the store has it. Confined to the loop's thread.
 */
final class Registering {
  private static final int MAX_INSTANCES = 4_096;

  /** Who registers beyond that is told to come back. */
  private static final int MOST_WAITING = 1_000;

  private final Queue<Registration> registrations = new ArrayDeque<>();

  /** Put down, and told once that is seen in the store. */
  private final List<Answering> answered = new ArrayList<>();

  private record Registration(
      RegisterRequest request, CompletableFuture<RegisterResponse> answer) {}

  /**
   * Somebody can be told soon.
   *
   * @param written whether it made a difference
   */
  private record Answering(Registration to, boolean written) {}

  /** Completes once it is in the store; fails when too many wait for that. */
  CompletableFuture<RegisterResponse> register(RegisterRequest request) {
    if (registrations.size() + answered.size() >= MOST_WAITING) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("%d others register".formatted(MOST_WAITING)));
    }
    CompletableFuture<RegisterResponse> answer = new CompletableFuture<>();
    registrations.add(new Registration(request, answer));
    return answer;
  }

  /** Whether anything waits to be put down. */
  boolean waits() {
    return !registrations.isEmpty();
  }

  /** Takes over who waits for an answer. */
  void follow(Registering before) {
    registrations.addAll(before.registrations);
    answered.addAll(before.answered);
  }

  /** With all that wait to be put down, who are answered once the store has it. */
  ScalerRecord all(ScalerRecord record, Instant wall) {
    ScalerRecord next = record;
    while (!registrations.isEmpty()) {
      Registration each = registrations.remove();
      ScalerRecord before = next;
      next = with(before, each.request(), wall);
      answered.add(new Answering(each, !next.equals(before)));
    }
    return next;
  }

  /**
   * The store has what they wait for.
   *
   * @param record as the store has it
   */
  void answer(ScalerRecord record) {
    for (Answering one : answered) {
      one.to()
          .answer()
          .complete(
              RegisterResponse.newBuilder()
                  .setInstance(instance(record, one.to().request()))
                  .setWritten(one.written())
                  .build());
    }
    answered.clear();
  }

  private static String id(RegisterRequest request) {
    return request.getId().isEmpty() ? request.getAddress() : request.getId();
  }

  private static boolean is(ScaledInstance one, RegisterRequest request) {
    return one.getId().equals(id(request))
        || (!request.getAddress().isEmpty() && one.getAddress().equals(request.getAddress()));
  }

  private static ScalerRecord with(ScalerRecord record, RegisterRequest request, Instant wall) {
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
  private static ScaledInstance instance(ScalerRecord record, RegisterRequest request) {
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
