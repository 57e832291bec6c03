package io.weir.agent.gossip;

import io.weir.agent.model.Health;
import io.weir.v1.Snapshot;
import java.util.Set;

/** Told of the ring; on the ring's thread, so not to block. */
public interface GossipListener {
  /** What another agent holds of an endpoint; unknown: nothing any more. */
  void heard(String agent, String pool, String endpoint, Health health);

  /** The others that are there now (alive or suspect), whenever that has changed. */
  void membersAlive(Set<String> agents);

  /** Another agent answers a {@link GossipService#fetch}. */
  void offered(String agent, Snapshot snapshot);

  /** A {@link GossipService#report} would say something new. */
  void membershipChanged();
}
