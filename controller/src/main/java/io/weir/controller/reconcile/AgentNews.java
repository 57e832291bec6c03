package io.weir.controller.reconcile;

import io.weir.v1.AgentStatus;
import io.weir.v1.Resource;
import java.util.Set;

/**
 * What is told of agents to whoever judges and to those who watch: only what has changed. Confined
 * to the loop's thread.
 */
final class AgentNews {
  private final String controller;
  private final Seat seat;
  private final FleetEvents events;

  /**
   * @param controller this one's address
   */
  AgentNews(String controller, Seat seat, FleetEvents events) {
    this.controller = controller;
    this.seat = seat;
    this.events = events;
  }

  /** As operators see it. */
  Resource resource(AgentEntry entry) {
    Remote remote = entry.remote;
    AgentStatus.Builder status = remote == null ? entry.status() : remote.status();
    if (entry.connection != null) {
      status.setController(controller);
    }
    seat.judge().describe(entry.name, entry.isConnected(), status);
    return remote == null ? entry.resource(status) : remote.resource(status);
  }

  /** Something about it may have changed. */
  void changed(AgentEntry entry) {
    if (entry.dropped) {
      return;
    }
    Judge.Agent seen = seen(entry);
    if (!seen.equals(entry.seen)) {
      entry.seen = seen;
      seat.judge().agent(seen);
    }
    events.agent();
    if (!events.areAgentsWatched() && !seat.judge().heedsStanding()) {
      return;
    }
    Resource now = resource(entry);
    if (!now.equals(entry.published)) {
      seat.judge().stands(now);
      Resource before = entry.published;
      entry.published = now;
      events.agent(entry.name, before, now);
    }
  }

  /** Whoever judges has only begun to, and is told all of it. */
  void introduce(AgentEntry entry) {
    Judge.Agent seen = seen(entry);
    entry.seen = seen;
    seat.judge().agent(seen);
    if (seat.judge().heedsStanding()) {
      seat.judge().stands(resource(entry));
    }
    changed(entry);
  }

  /** Nothing is known of it any more; it was {@code last}. */
  void dropped(String name, Resource last) {
    seat.judge().gone(name);
    events.agent();
    events.agent(name, last, null);
  }

  private static Judge.Agent seen(AgentEntry entry) {
    if (entry.remote != null) {
      String zone = entry.labels().getOrDefault("zone", "");
      return new Judge.Agent(entry.name, zone, true, entry.remote.pools());
    }
    return new Judge.Agent(
        entry.name,
        entry.group == null ? "" : entry.group.labels().getOrDefault("zone", ""),
        entry.connection != null,
        entry.group == null ? Set.of() : entry.group.current().content().pools());
  }
}
