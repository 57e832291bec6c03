package io.weir.controller.reconcile;

import io.weir.v1.Ack;
import io.weir.v1.AgentGone;
import io.weir.v1.AgentHere;
import io.weir.v1.AgentMessage;
import io.weir.v1.FollowerMessage;
import io.weir.v1.FollowerStanding;
import io.weir.v1.FromAgent;
import io.weir.v1.HealthReport;
import io.weir.v1.LoadReport;
import io.weir.v1.MembershipReport;
import io.weir.v1.Resource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The leader, to which whatever this controller's agents say is passed on. */
final class Following implements Judge {
  private final LeaderChannel leader;
  private final Map<String, Local> agents = new HashMap<>();

  private static final class Local {
    final Delivery.Peer peer;
    Set<String> pools = Set.of();
    @Nullable Resource resource;

    Local(Delivery.Peer peer) {
      this.peer = peer;
    }
  }

  Following(LeaderChannel leader) {
    this.leader = leader;
  }

  boolean isOver(LeaderChannel channel) {
    return leader.equals(channel);
  }

  @Override
  public void connected(Delivery.Peer peer, AgentChannel channel) {
    agents.put(peer.name(), new Local(peer));
  }

  @Override
  public void agent(Agent agent) {
    Local local = agents.get(agent.name());
    if (local != null && !local.pools.equals(agent.pools())) {
      local.pools = agent.pools();
      here(local);
    }
  }

  @Override
  public boolean heedsStanding() {
    return true;
  }

  @Override
  public void stands(Resource resource) {
    Local local = agents.get(resource.getMetadata().getName());
    if (local != null) {
      local.resource = resource;
      here(local);
    }
  }

  private void here(Local local) {
    if (local.resource != null) {
      leader.send(
          FollowerMessage.newBuilder()
              .setHere(
                  AgentHere.newBuilder()
                      .setAgent(local.resource)
                      .setGossip(local.peer.gossip())
                      .addAllPools(local.pools))
              .build());
    }
  }

  @Override
  public void disconnected(String name, AgentChannel channel) {
    Local local = agents.remove(name);
    if (local != null && local.resource != null) {
      String instance = local.resource.getAgent().getStatus().getInstance();
      leader.send(
          FollowerMessage.newBuilder()
              .setGone(AgentGone.newBuilder().setAgent(name).setInstance(instance))
              .build());
    }
  }

  @Override
  public void acked(String name) {
    from(name, AgentMessage.newBuilder().setAck(Ack.getDefaultInstance()).build());
  }

  @Override
  public void report(String name, HealthReport report) {
    from(name, AgentMessage.newBuilder().setHealth(report).build());
  }

  @Override
  public void report(String name, LoadReport report) {
    from(name, AgentMessage.newBuilder().setLoad(report).build());
  }

  @Override
  public void report(String name, MembershipReport report) {
    from(name, AgentMessage.newBuilder().setMembership(report).build());
  }

  private void from(String name, AgentMessage message) {
    leader.send(
        FollowerMessage.newBuilder()
            .setFrom(FromAgent.newBuilder().setAgent(name).setMessage(message))
            .build());
  }

  /** How far this controller has seen the store. */
  void standing(long revision) {
    leader.send(
        FollowerMessage.newBuilder()
            .setStanding(FollowerStanding.newBuilder().setRevision(revision))
            .build());
  }
}
