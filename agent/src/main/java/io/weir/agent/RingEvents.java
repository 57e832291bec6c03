package io.weir.agent;

import io.weir.agent.balance.EndpointStates;
import io.weir.agent.gossip.GossipListener;
import io.weir.agent.health.Observation;
import io.weir.agent.health.Target;
import io.weir.agent.model.Health;
import io.weir.agent.probe.Prober;
import io.weir.agent.report.Reporter;
import io.weir.v1.Snapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * What the ring of agents has to say goes to those who want to know.
 *
 * @param offers takes what another agent, named, gives this one to run
 */
record RingEvents(Prober prober, Reporter reporter, BiConsumer<String, Snapshot> offers)
    implements GossipListener {
  static Map<EndpointStates.Key, Health> byEndpoint(List<Observation> observations) {
    Map<EndpointStates.Key, Health> all = new HashMap<>();
    observations.forEach(o -> all.put(new EndpointStates.Key(o.pool(), o.endpoint()), o.health()));
    return all;
  }

  @Override
  public void heard(String agent, String pool, String endpoint, Health health) {
    var _ =
        prober.tell((watch, now) -> watch.heard(agent, new Target(pool, endpoint), health, now));
  }

  @Override
  public void membersAlive(Set<String> agents) {
    var _ = prober.tell((watch, _) -> watch.membersAlive(agents));
  }

  @Override
  public void offered(String agent, Snapshot snapshot) {
    offers.accept(agent, snapshot);
  }

  @Override
  public void membershipChanged() {
    reporter.membershipChanged();
  }
}
