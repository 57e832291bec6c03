package io.weir.controller.reconcile;

import io.weir.controller.failover.Deliberation;
import io.weir.v1.ExplainResponse;
import io.weir.v1.PoolAvailability;
import io.weir.v1.Resource;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** Why things are as they are, as only whoever leads can say. Confined to the loop's thread. */
final class Findings {
  private static final int DECISIONS = 10;

  private final Deliberation deliberation;
  private final DecisionHistory history;
  private final InstantSource clock;
  private final LongSupplier nanos;

  Findings(
      Deliberation deliberation, DecisionHistory history, InstantSource clock, LongSupplier nanos) {
    this.deliberation = deliberation;
    this.history = history;
    this.clock = clock;
    this.nanos = nanos;
  }

  /** Why there are as many endpoints as there are. */
  ExplainResponse explain(Resource scaler) {
    String name = scaler.getMetadata().getName();
    return ExplainResponse.newBuilder()
        .setScaler(scaler)
        .addAllDecisions(history.newest(one -> one.getScale().getScaler().equals(name), DECISIONS))
        .build();
  }

  /** Why traffic of the pool, or of one endpoint of it, is where it is. */
  ExplainResponse explain(Resource pool, String endpoint) {
    return new Explaining(deliberation, history, nanos.getAsLong()).explain(pool, endpoint);
  }

  PoolAvailability availability(String pool) {
    return deliberation.availability(pool, nanos.getAsLong(), clock.instant());
  }

  /** Whether the last decision on it says that finding the pool's endpoints fails. */
  boolean isDiscoveryFailing(String pool) {
    return history.newest(one -> one.getDiscovery().getPool().equals(pool), 1).stream()
        .anyMatch(one -> one.getDiscovery().getFailing());
  }
}
