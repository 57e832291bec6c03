package io.weir.controller.reconcile;

import io.weir.v1.AgentStatus;
import io.weir.v1.HealthReport;
import io.weir.v1.LoadReport;
import io.weir.v1.MembershipReport;
import io.weir.v1.Resource;
import java.util.Set;

/**
 * Who concludes about endpoints from what agents say: this controller while it leads, the leader
 * while another one does, or nobody. Told of every agent; confined to the loop's thread.
 */
interface Judge {
  /** While nobody leads. Agents have their reflexes. */
  Judge NOBODY = new Judge() {};

  /**
   * What is known of one agent.
   *
   * @param connected to this controller, or to one that this one hears of it from
   * @param pools among what it should run
   */
  record Agent(String name, String zone, boolean connected, Set<String> pools) {
    public Agent {
      pools = Set.copyOf(pools);
    }
  }

  /** An agent is there, or something about it has changed. */
  default void agent(Agent agent) {}

  /** Nothing is known of it any more. */
  default void gone(String name) {}

  /** Over {@code channel} it is told from now on; its stream opened before. */
  default void connected(Delivery.Peer peer, AgentChannel channel) {}

  default void disconnected(String name, AgentChannel channel) {}

  /** Whether {@link #stands} is heeded, which takes more to tell than the rest. */
  default boolean heedsStanding() {
    return false;
  }

  /** How the agent stands is as {@code resource} says, which has its status. */
  default void stands(Resource resource) {}

  /** The agent runs another snapshot than before. */
  default void acked(String name) {}

  default void report(String name, HealthReport report) {}

  default void report(String name, LoadReport report) {}

  default void report(String name, MembershipReport report) {}

  /** What its peers, and the rules, make of an agent. */
  default void describe(String name, boolean connected, AgentStatus.Builder status) {
    status.setReachability(
        connected
            ? AgentStatus.Reachability.REACHABILITY_CONNECTED
            : AgentStatus.Reachability.REACHABILITY_UNKNOWN);
  }
}
