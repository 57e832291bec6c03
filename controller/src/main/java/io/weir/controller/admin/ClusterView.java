package io.weir.controller.admin;

import io.weir.controller.reconcile.Identity;
import io.weir.controller.reconcile.Peers;
import io.weir.controller.reconcile.Peers.Standing;
import io.weir.controller.reconcile.Peers.Standings;
import io.weir.controller.store.Leadership.Leader;
import io.weir.controller.store.Leadership.Member;
import io.weir.controller.store.Members;
import io.weir.controller.store.Store;
import io.weir.v1.ClusterResponse;
import io.weir.v1.ControllerStatus;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The controllers of the cluster, as the store and this one know them. Blocks. */
final class ClusterView {
  private final Store store;
  private final Peers peers;
  private final Identity identity;

  ClusterView(Store store, Peers peers, Identity identity) {
    this.store = store;
    this.peers = peers;
    this.identity = identity;
  }

  ClusterResponse look() {
    Map<String, Member> members = new TreeMap<>();
    members.put(identity.self().id(), identity.self());
    Members.all(store).forEach(member -> members.put(member.id(), member));
    Optional<Leader> leader = Members.leader(store);
    Standings standings = peers.standings();
    ClusterResponse.Builder response =
        ClusterResponse.newBuilder()
            .setCluster(identity.cluster())
            .setEpoch(identity.epoch())
            .setRevision(standings.revision())
            .setTerm(leader.map(Leader::term).orElse(standings.term()))
            .setAnsweredBy(identity.self().id());
    members
        .values()
        .forEach(member -> {
          boolean self = member.id().equals(identity.self().id());
          Standing standing =
              self
                  ? new Standing(standings.agents(), standings.revision())
                  : standings.followers().getOrDefault(member.id(), new Standing(0, 0));
          boolean leads =
              leader
                  .map(one -> one.member().id().equals(member.id()))
                  .orElse(self && standings.leading());
          response.addControllers(
              ControllerStatus.newBuilder()
                  .setId(member.id())
                  .setAddress(member.address())
                  .setVersion(member.version())
                  .setLeading(leads)
                  .setSince(Members.started(member))
                  .setAgents(standing.agents())
                  .setRevision(standing.revision()));
        });
    return response.build();
  }
}
