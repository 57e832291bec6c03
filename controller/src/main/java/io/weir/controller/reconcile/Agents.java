package io.weir.controller.reconcile;

import io.weir.controller.health.ObservationBoard;
import io.weir.controller.reconcile.AgentChannel.Refusal;
import io.weir.controller.reconcile.AgentEntry.Connection;
import io.weir.controller.reconcile.AgentEntry.Left;
import io.weir.controller.rollout.Member;
import io.weir.v1.Resource;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every agent that is registered or connected, by name, and where its stream is: here, with a
 * follower, or nowhere. Confined to the loop's thread.
 */
final class Agents {
  private static final Logger log = LoggerFactory.getLogger(Agents.class);
  private static final int MOST = 10_000;
  private static final String REPLACED = "the agent opened a newer stream";

  /** Why there is no room for one more. */
  static final String TOO_MANY =
      "this controller knows %d agents, which is the most; delete those that are gone"
          .formatted(MOST);

  private final InstantSource clock;
  private final ObservationBoard board;
  private final Seat seat;
  private final Registrar registrar;
  private final FleetEvents events;
  private final AgentNews news;
  private final Grouping grouping;
  private final Sessions sessions;
  private final SortedMap<String, AgentEntry> agents = new TreeMap<>();
  private final Map<AgentChannel, AgentEntry> connected = new HashMap<>();

  Agents(
      InstantSource clock,
      ObservationBoard board,
      Seat seat,
      Registrar registrar,
      FleetEvents events,
      AgentNews news,
      Grouping grouping,
      Sessions sessions) {
    this.clock = clock;
    this.board = board;
    this.seat = seat;
    this.registrar = registrar;
    this.events = events;
    this.news = news;
    this.grouping = grouping;
    this.sessions = sessions;
  }

  /** As operators see them. */
  Collection<Resource> resources() {
    return agents.values().stream().map(news::resource).toList();
  }

  Optional<Resource> resource(String name) {
    return Optional.ofNullable(agents.get(name)).map(news::resource);
  }

  /** How all of them stand. */
  Collection<Progress.Standing> standings() {
    long seen = grouping.revision();
    return agents.values().stream().map(entry -> entry.standing(seen)).toList();
  }

  /** As rollouts look at them. */
  Collection<Member> members() {
    return agents.values().stream().map(AgentEntry::member).toList();
  }

  boolean isConnected(String name) {
    AgentEntry entry = agents.get(name);
    return entry != null && entry.isConnected();
  }

  /** How many streams are with this controller. */
  int connections() {
    return connected.size();
  }

  /** As they are now, whatever becomes of them. */
  List<AgentEntry> all() {
    return List.copyOf(agents.values());
  }

  /** Likewise, of the streams that are with this controller. */
  List<AgentChannel> channels() {
    return List.copyOf(connected.keySet());
  }

  @Nullable AgentEntry get(String name) {
    return agents.get(name);
  }

  /** Whose stream that is; null: nobody's, or not any more. */
  @Nullable AgentEntry of(AgentChannel channel) {
    return connected.get(channel);
  }

  /** Known from now on. */
  AgentEntry entry(String name) {
    return agents.computeIfAbsent(name, AgentEntry::new);
  }

  /** Whether there is no room for {@code name}. */
  boolean isFull(String name) {
    return agents.size() >= MOST && !agents.containsKey(name);
  }

  /**
   * A process opens a stream under a name: one that it has already, here or elsewhere, is over.
   *
   * @return why it cannot have the name; empty: it has it
   */
  Optional<String> claim(String name, String instance) {
    AgentEntry entry = agents.get(name);
    if (entry == null) {
      return Optional.empty();
    }
    if (entry.connection != null) {
      Connection other = entry.connection;
      if (!other.hello.getInstance().equals(instance)) {
        return Optional.of(taken(name, other.peer));
      }
      disconnected(other.channel);
      other.channel.close(Refusal.REPLACED, REPLACED);
    } else if (entry.remote != null) {
      Remote other = entry.remote;
      if (!other.instance().equals(instance)) {
        return Optional.of(taken(name, other.controller()));
      }
      gone(other);
      other.channel().close(Refusal.REPLACED, REPLACED);
    }
    return Optional.empty();
  }

  private static String taken(String name, String where) {
    return "an agent named \"%s\" is already connected, from %s; give each agent a name of its own with --name"
        .formatted(name, where);
  }

  /** Its stream is with this controller from now on. */
  void connected(AgentEntry entry, Connection on) {
    entry.connection = on;
    entry.compare();
    grouping.join(entry);
    connected.put(on.channel, entry);
    sessions.begun(on.channel);
  }

  /** A stream has ended. */
  void disconnected(AgentChannel channel) {
    AgentEntry entry = connected.remove(channel);
    if (entry == null || entry.connection == null) {
      return;
    }
    Connection was = entry.connection;
    sessions.ended(channel);
    entry.connection = null;
    entry.left = new Left(was.hello, was.peer, clock.instant());
    log.atInfo()
        .addKeyValue("agent", entry.name)
        .addKeyValue("peer", was.peer)
        .log("agent disconnected; it goes on with what it has");
    silent(entry, channel);
  }

  /** Its stream with a follower has ended. */
  void gone(Remote remote) {
    AgentEntry entry = agents.get(remote.name());
    if (entry != null && entry.isOver(remote)) {
      entry.remote = null;
      silent(entry, remote.channel());
    }
  }

  /** Nothing is heard of it any more. */
  private void silent(AgentEntry entry, AgentChannel channel) {
    seat.judge().disconnected(entry.name, channel);
    events.pools(board.forget(entry.name));
    if (!dropped(entry)) {
      news.changed(entry);
    }
  }

  /** They are what the store says from now on. */
  void registered(Map<String, Resource> registrations) {
    registrations.keySet().forEach(this::entry);
    for (AgentEntry entry : all()) {
      Resource registration = registrations.get(entry.name);
      if (registration == null
          ? entry.registration != null
          : !registration.equals(entry.registration)) {
        entry.registration = registration;
        entry.registering = false;
        entry.compare();
        if (!dropped(entry)) {
          grouping.join(entry);
          news.changed(entry);
        }
      }
    }
  }

  /**
   * Has it written as it is connected now, unless that is under way.
   *
   * @param again runs when it was not written, a second later
   */
  void register(AgentEntry entry, Runnable again) {
    if (entry.registering) {
      return;
    }
    entry.registering = true;
    registrar.register(
        entry.name,
        entry.labels(),
        entry.registration,
        clock.instant(),
        () ->
            events.soon(() -> {
              entry.registering = false;
              again.run();
            }));
  }

  /** Neither known to the store nor here. */
  private boolean dropped(AgentEntry entry) {
    boolean gone = entry.registration == null && !entry.isConnected();
    if (gone) {
      Resource last = news.resource(entry);
      agents.remove(entry.name);
      entry.dropped = true;
      grouping.leave(entry);
      news.dropped(entry.name, last);
    }
    return gone;
  }
}
