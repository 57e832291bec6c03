package io.weir.controller.reconcile;

import io.weir.controller.failover.Batch;
import io.weir.controller.failover.Change;
import io.weir.controller.failover.Deliberation;
import io.weir.controller.failover.Records;
import io.weir.v1.AgentStatus;
import io.weir.v1.Decision;
import io.weir.v1.PoolStatus;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * What was decided and is in the store: agents and those who watch are told of it, and only of it.
 * Confined to the loop's thread.
 */
final class Enactment {
  private final Deliberation deliberation;
  private final DecisionHistory history;
  private final Descriptions described;
  private final Delivery delivery;
  private final Leading loop;
  private Records records = Records.EMPTY;

  Enactment(
      Deliberation deliberation,
      DecisionHistory history,
      Descriptions described,
      Delivery delivery,
      Leading loop) {
    this.deliberation = deliberation;
    this.history = history;
    this.described = described;
    this.delivery = delivery;
    this.loop = loop;
  }

  /** What earlier controllers decided is in effect again. */
  void begin(DecisionLog.Loaded left) {
    records = left.records();
    history.begin(left.decisions());
    delivery.begin(left.keys(), records);
  }

  /** What is recorded of pools and endpoints once these changes are written. */
  Records after(List<Change> changes, Instant wall) {
    return records.after(changes, wall);
  }

  /**
   * @param after what is recorded by now
   */
  void written(Batch batch, Records after) {
    records = after;
    deliberation.written();
    for (Decision decision : deliberation.news()) {
      history.add(decision);
      DecisionNotes.log(decision);
      described.decided(decision);
    }
    delivery.changed(
        after,
        batch.changes().stream().filter(change -> !deliberation.isOvertaken(change)).toList());
    Set<String> touched = Records.touched(batch.changes());
    if (!touched.isEmpty()) {
      loop.pools(touched);
    }
    loop.agents(
        batch.decisions().stream()
            .filter(Decision::hasAgent)
            .map(decision -> decision.getAgent().getAgent())
            .toList());
  }

  /** Adds what its peers and the rules make of an agent. */
  void describe(String name, boolean connected, AgentStatus.Builder status) {
    described.agent(name, connected, status);
  }

  /** Adds the verdicts, and where the pool is. */
  void describe(String pool, PoolStatus.Builder status) {
    described.pool(pool, records, status);
  }
}
