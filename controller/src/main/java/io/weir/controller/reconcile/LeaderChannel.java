package io.weir.controller.reconcile;

import io.weir.v1.FollowerMessage;

/**
 * The way from a follower to the leader. Calls never block; of what waits about one agent the
 * newest of each kind is kept, of changes in health all.
 */
public interface LeaderChannel {
  void send(FollowerMessage message);
}
