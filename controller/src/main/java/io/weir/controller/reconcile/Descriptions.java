package io.weir.controller.reconcile;

import io.weir.controller.failover.Change;
import io.weir.controller.failover.Deliberation;
import io.weir.controller.failover.Records;
import io.weir.controller.health.Ring;
import io.weir.controller.health.Target;
import io.weir.controller.health.Verdict;
import io.weir.v1.AgentStatus;
import io.weir.v1.AgentStatus.Reachability;
import io.weir.v1.AgentTrust;
import io.weir.v1.Decision;
import io.weir.v1.EndpointStatus;
import io.weir.v1.PoolStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What of agents and pools is known only to whoever leads, for their status. Confined to the loop's
 * thread.
 */
final class Descriptions {
  private final Deliberation deliberation;
  private final Ring ring;
  private final LongSupplier nanos;
  private final Map<String, String> distrusted = new HashMap<>();

  Descriptions(Deliberation deliberation, Ring ring, LongSupplier nanos) {
    this.deliberation = deliberation;
    this.ring = ring;
    this.nanos = nanos;
  }

  /** Something was decided, and is in force. */
  void decided(Decision decision) {
    AgentTrust trust = decision.getAgent();
    if (decision.hasAgent() && trust.getTrusted()) {
      distrusted.remove(trust.getAgent());
    } else if (decision.hasAgent()) {
      distrusted.put(trust.getAgent(), decision.getReason());
    }
  }

  /** What its peers and the rules make of an agent. */
  void agent(String name, boolean connected, AgentStatus.Builder status) {
    status
        .setReachability(
            connected
                ? Reachability.REACHABILITY_CONNECTED
                : switch (ring.standing(name)) {
                  case ALIVE -> Reachability.REACHABILITY_CUT_OFF;
                  case DEAD -> Reachability.REACHABILITY_DEAD;
                  case LEFT -> Reachability.REACHABILITY_LEFT;
                  case UNKNOWN -> Reachability.REACHABILITY_UNKNOWN;
                })
        .setAliveTo(ring.aliveTo(name))
        .setLocalHealth(ring.localHealth(name))
        .setDistrusted(distrusted.getOrDefault(name, ""));
  }

  /** Adds the verdicts, and where the pool is as {@code records} of the store say. */
  void pool(String pool, Records records, PoolStatus.Builder status) {
    for (EndpointStatus.Builder endpoint : status.getEndpointsBuilderList()) {
      Target target = new Target(pool, endpoint.getAddress());
      deliberation
          .board()
          .explain(target, nanos.getAsLong())
          .ifPresent(explained -> {
            endpoint
                .setVerdict(explained.verdict().wire())
                .setVerdictReason(explained.reason())
                .setDecision(deliberation.decisionOn(target));
            if (explained.verdict() instanceof Verdict.Asymmetric asymmetric) {
              endpoint.addAllUnreachedBy(asymmetric.agents());
            }
          });
    }
    position(pool, records)
        .ifPresent(moved ->
            status
                .setFloor(moved.floor())
                .setFloorDecision(moved.decision())
                .setFloorReason(moved.reason()));
  }

  private static Optional<Change.Moved> position(String pool, Records records) {
    return records
        .of(pool)
        .filter(record -> record.getFloorDecision() > 0)
        .map(record ->
            new Change.Moved(
                pool, record.getFloor(), record.getFloorDecision(), record.getFloorReason()));
  }
}
