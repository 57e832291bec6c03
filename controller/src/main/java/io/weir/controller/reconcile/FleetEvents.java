package io.weir.controller.reconcile;

import io.weir.v1.Resource;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * What others have to know of the agents, and what has to come back later. On the loop's thread.
 */
interface FleetEvents {
  /** Some agent may stand otherwise than before. */
  void agent();

  void agent(String name, @Nullable Resource before, @Nullable Resource after);

  /** Agents hold something else of endpoints of these pools. */
  void pools(Collection<String> names);

  /** Runs {@code task} on the loop, a second from now; callable from any thread. */
  void soon(Runnable task);

  /** Whether anybody wants to hear of agents. */
  boolean areAgentsWatched();

  /**
   * An agent runs revision {@code agents} of this epoch, and the store itself is only at {@code
   * store}: its data was put back.
   */
  void storeWentBack(long agents, long store);
}
