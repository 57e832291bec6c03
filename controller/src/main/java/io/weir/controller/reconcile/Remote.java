package io.weir.controller.reconcile;

import io.weir.v1.AgentHere;
import io.weir.v1.AgentStatus;
import io.weir.v1.Resource;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * An agent whose stream is with a follower, as the follower last told of it.
 *
 * @param controller the follower's address
 * @param seen how far the follower has told that it has seen the store
 * @param channel the way to the agent, the same for as long as its stream there lasts
 */
record Remote(AgentHere here, String controller, AgentChannel channel, LongSupplier seen) {
  String name() {
    return here.getAgent().getMetadata().getName();
  }

  /** The agent process. */
  String instance() {
    return here.getAgent().getAgent().getStatus().getInstance();
  }

  String gossip() {
    return here.getGossip();
  }

  Set<String> pools() {
    return Set.copyOf(here.getPoolsList());
  }

  Map<String, String> labels() {
    return here.getAgent().getMetadata().getLabelsMap();
  }

  Progress.Standing standing() {
    AgentStatus status = here.getAgent().getAgent().getStatus();
    return switch (status.getState()) {
      case STATE_SYNCED -> new Progress.Standing.Current(name(), seen.getAsLong());
      case STATE_REJECTED ->
          new Progress.Standing.Rejecting(
              name(), status.getRejectedRevision(), status.getViolationsList());
      case STATE_SYNCING, STATE_STALE, STATE_UNSPECIFIED, UNRECOGNIZED ->
          new Progress.Standing.Behind(name());
    };
  }

  AgentStatus.Builder status() {
    return here.getAgent().getAgent().getStatus().toBuilder().setController(controller);
  }

  Resource resource(AgentStatus.Builder status) {
    Resource.Builder resource = here.getAgent().toBuilder();
    resource.getAgentBuilder().setStatus(status);
    return resource.build();
  }
}
