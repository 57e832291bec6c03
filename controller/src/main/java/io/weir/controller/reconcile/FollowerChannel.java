package io.weir.controller.reconcile;

import io.weir.v1.ControllerMessage;
import io.weir.v1.Dismissal;

/**
 * The way from the leader to one follower. Calls never block and are safe from any thread; what
 * waits is bounded by what there is to say to each agent.
 */
public interface FollowerChannel {
  void tell(String agent, ControllerMessage message);

  /** What waits for the agent is dropped. */
  void dismiss(Dismissal dismissal);

  /** This controller does not lead any more: ends the stream. */
  void close(String sentence);
}
