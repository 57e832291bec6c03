package io.weir.agent.proxy;

import io.vertx.core.Future;
import io.weir.agent.balance.Explanation;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.Snapshot;
import java.util.List;

/** What runs a snapshot. One boundary, so that how requests are forwarded can change behind it. */
public interface DataPlane {
  /**
   * Swaps to {@code snapshot}: opens the listeners it adds, changes those that stay without
   * touching their connections, stops accepting on those it drops and lets their connections
   * finish. All or nothing: with refusals (a bind that failed) the former snapshot goes on and what
   * was opened for this one is closed. Calls must not overlap.
   *
   * @return completes, on any thread, once the swap is done (empty list) or refused; fails never
   */
  Future<List<Refusal>> apply(Snapshot snapshot);

  /**
   * The next pick of that pool, with all that decides it. Any thread. Of several who wait for the
   * same pool the last to ask is answered.
   *
   * @return completes once there was one, on an event loop; fails with {@link
   *     java.util.NoSuchElementException} when there is no such pool
   */
  Future<Explanation> explainNext(String pool);

  /** What has been counted so far; a copy, on any thread. */
  Future<LoopMetrics> metrics();

  /** Stops accepting, lets requests under way finish for at most the drain time, closes. */
  Future<Void> close();
}
