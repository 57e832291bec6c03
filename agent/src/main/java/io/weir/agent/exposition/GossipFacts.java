package io.weir.agent.exposition;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.weir.agent.gossip.Dropped;
import io.weir.agent.gossip.GossipCounts;
import java.util.List;
import java.util.Locale;

/** The ring of agents. */
final class GossipFacts {
  private GossipFacts() {}

  static List<MetricSnapshot> snapshots(GossipCounts counts) {
    CounterSnapshot.Builder dropped =
        CounterSnapshot.builder()
            .name("weir_gossip_dropped")
            .help("Packets of other agents, or of strangers, that were not taken, by reason.");
    for (Dropped why : Dropped.values()) {
      dropped.dataPoint(
          Exposition.count(
              Labels.of("reason", why.name().toLowerCase(Locale.ROOT)),
              counts.dropped().getOrDefault(why, 0L)));
    }
    GaugeSnapshot.Builder members =
        GaugeSnapshot.builder()
            .name("weir_gossip_members")
            .help("Agents of the ring as this one holds them, itself included.");
    members.dataPoint(Exposition.gauge(Labels.of("state", "alive"), counts.alive()));
    members.dataPoint(Exposition.gauge(Labels.of("state", "suspect"), counts.suspect()));
    members.dataPoint(Exposition.gauge(Labels.of("state", "dead"), counts.dead()));
    return List.of(
        counter("weir_gossip_sent", "Datagrams sent to other agents.", counts.sent()),
        counter("weir_gossip_received", "Packets of other agents taken.", counts.received()),
        dropped.build(),
        members.build(),
        gauge(
            "weir_gossip_local_health",
            "How far this agent doubts itself: 0 well, up to 8.",
            counts.localHealth()),
        gauge(
            "weir_gossip_backlog",
            "Rumors that wait to be passed on to other agents.",
            counts.backlog()));
  }

  private static MetricSnapshot counter(String name, String help, long value) {
    return CounterSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(Exposition.count(Labels.EMPTY, value))
        .build();
  }

  private static MetricSnapshot gauge(String name, String help, long value) {
    return GaugeSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(Exposition.gauge(Labels.EMPTY, value))
        .build();
  }
}
