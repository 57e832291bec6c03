package io.weir.controller.reconcile;

import com.google.protobuf.Duration;
import io.weir.controller.health.ObservationBoard;
import io.weir.controller.reconcile.AgentChannel.Refusal;
import io.weir.controller.reconcile.AgentEntry.Connection;
import io.weir.controller.session.Session;
import io.weir.controller.session.SessionEvent;
import io.weir.controller.snapshot.Group;
import io.weir.controller.snapshot.SnapshotSigner;
import io.weir.v1.Ack;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Dismissal;
import io.weir.v1.Hello;
import io.weir.v1.Nack;
import io.weir.v1.ToAgent;
import io.weir.v1.Welcome;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has every agent run what it should and what agents say heard. Level-based: whatever happened,
 * {@link #reconcile} looks at what is and does the next thing. Confined to the loop's thread.
 */
final class Fleet {
  private static final Logger log = LoggerFactory.getLogger(Fleet.class);
  private static final int MAX_VIOLATIONS = 100;
  private static final Duration REPORT_INTERVAL = Duration.newBuilder().setSeconds(1).build();

  private final Identity identity;
  private final InstantSource clock;
  private final ObservationBoard board;
  private final Seat seat;
  private final FleetEvents events;
  private final AgentNews news;
  private final Grouping grouping = new Grouping();
  private final Sessions sessions;
  private final Resuming resuming;
  private final Agents agents;
  private @Nullable Image image;
  private String closed = "";

  Fleet(
      Identity identity,
      InstantSource clock,
      ObservationBoard board,
      Seat seat,
      PastConfigs past,
      Registrar registrar,
      FleetEvents events,
      SnapshotSigner signer,
      Serializations serializations) {
    this.identity = identity;
    this.clock = clock;
    this.board = board;
    this.seat = seat;
    this.events = events;
    this.news = new AgentNews(identity.self().address(), seat, events);
    Wire wire = new Wire(identity.epoch(), seat::term, signer, serializations);
    this.sessions = new Sessions(clock, wire, events, this::breach);
    this.resuming = new Resuming(past, grouping, clock, events, this::reconcile);
    this.agents = new Agents(clock, board, seat, registrar, events, news, grouping, sessions);
  }

  /** All of them, to ask of. */
  Agents agents() {
    return agents;
  }

  /** What others say of these agents has changed. */
  void restate(Collection<String> names) {
    for (String name : names) {
      AgentEntry entry = agents.get(name);
      if (entry != null) {
        news.changed(entry);
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // an image shares what did not change
  void update(Image next) {
    Image before = image;
    image = next;
    if (before == null || next.offered() != before.offered()) {
      board.declare(next.offered());
    }
    if (grouping.update(next)) {
      agents.all().stream().filter(entry -> entry.group != null).forEach(grouping::join);
    }
    if (before == null || next.agents() != before.agents()) {
      agents.registered(next.agents());
    }
    for (AgentEntry entry : agents.all()) {
      Connection on = entry.connection;
      if (on == null) {
        news.changed(entry);
      } else if (!entry.isSettled()) {
        reconcile(entry);
      }
    }
    sessions.seen(next.revision());
  }

  /**
   * Completes once this is known of revision {@code revision} or a later one and every agent that
   * is connected runs what it should.
   */
  CompletableFuture<Void> settled(long revision) {
    return sessions.settled(revision);
  }

  /** Whether more than a few agents have yet to answer to what they were sent. */
  boolean isOwing() {
    return sessions.areManyOwing(agents.connections());
  }

  void hello(Hello hello, String peer, AgentChannel channel) {
    String name = hello.getAgent();
    if (!closed.isEmpty()) {
      refuse(hello, peer, channel, Refusal.STOPPING, closed);
      return;
    }
    if (agents.isFull(name)) {
      refuse(hello, peer, channel, Refusal.TOO_MANY, Agents.TOO_MANY);
      return;
    }
    Optional<String> taken = agents.claim(name, hello.getInstance());
    if (taken.isPresent()) {
      refuse(hello, peer, channel, Refusal.NAME_TAKEN, taken.get());
      return;
    }
    AgentEntry entry = agents.entry(name);
    agents.connected(
        entry,
        new Connection(
            hello, peer, channel, clock.instant(), Session.start(null, clock.instant())));
    entry.ackedRevision = hello.getEpoch().equals(identity.epoch()) ? hello.getRevision() : 0;
    log.atInfo()
        .addKeyValue("agent", name)
        .addKeyValue("peer", peer)
        .addKeyValue("version", hello.getVersion())
        .addKeyValue("runs", entry.ackedRevision)
        .log("agent connected");
    channel.send(welcome());
    seat.judge().connected(Delivery.Peer.of(name, hello.getGossip(), peer), channel);
    reconcile(entry);
  }

  private static void refuse(
      Hello hello, String peer, AgentChannel channel, Refusal refusal, String sentence) {
    log.atWarn()
        .addKeyValue("agent", hello.getAgent())
        .addKeyValue("peer", peer)
        .addKeyValue("reason", sentence)
        .log("agent refused");
    channel.close(refusal, sentence);
  }

  private ControllerMessage welcome() {
    return ControllerMessage.newBuilder()
        .setWelcome(
            Welcome.newBuilder()
                .setEpoch(identity.epoch())
                .setTerm(seat.term())
                .setReportInterval(REPORT_INTERVAL))
        .build();
  }

  /** Someone else judges from now on, or nobody: whoever it is learns of all agents. */
  void seated() {
    ControllerMessage welcome = welcome();
    for (AgentEntry entry : agents.all()) {
      entry
          .connected()
          .ifPresent(on -> {
            on.channel.send(welcome);
            seat.judge()
                .connected(Delivery.Peer.of(entry.name, on.hello.getGossip(), on.peer), on.channel);
          });
      news.introduce(entry);
    }
  }

  /** An agent's stream is with a follower, or what is known of the agent there has changed. */
  void here(Remote remote) {
    String name = remote.name();
    if (agents.isFull(name)) {
      remote.channel().close(Refusal.TOO_MANY, Agents.TOO_MANY);
      return;
    }
    AgentEntry known = agents.get(name);
    if (known == null || !known.isOver(remote)) {
      Optional<String> taken = agents.claim(name, remote.instance());
      if (taken.isPresent()) {
        remote.channel().close(Refusal.NAME_TAKEN, taken.get());
        return;
      }
    }
    AgentEntry entry = agents.entry(name);
    boolean first = entry.remote == null;
    entry.remote = remote;
    if (first) {
      seat.judge().connected(new Delivery.Peer(name, remote.gossip()), remote.channel());
    }
    news.changed(entry);
  }

  /** Its stream there has ended. */
  void gone(Remote remote) {
    agents.gone(remote);
  }

  /** A follower has seen more of the store. */
  void seenElsewhere() {
    events.agent();
  }

  /** What an agent of a follower says. */
  void receive(Remote remote, AgentMessage message) {
    AgentEntry entry = agents.get(remote.name());
    if (entry != null && entry.isOver(remote)) {
      report(entry, message);
      if (message.hasMembership()) {
        news.changed(entry);
      }
    }
  }

  /** What the leader says to an agent of this controller. */
  void tell(ToAgent to) {
    AgentEntry entry = agents.get(to.getAgent());
    if (entry != null && entry.connection != null) {
      entry.connection.channel.send(to.getMessage());
    }
  }

  /** The leader will not have this agent here. */
  void dismiss(Dismissal dismissal) {
    AgentEntry entry = agents.get(dismissal.getAgent());
    if (entry != null
        && entry.connection != null
        && entry.connection.hello.getInstance().equals(dismissal.getInstance())) {
      AgentChannel channel = entry.connection.channel;
      disconnected(channel);
      channel.close(Refusal.of(dismissal.getCode()), dismissal.getSentence());
    }
  }

  void disconnected(AgentChannel channel) {
    agents.disconnected(channel);
  }

  /** Closes all streams, and refuses new ones from now on until {@link #open}. */
  void close(String sentence) {
    closed = sentence;
    for (AgentChannel channel : agents.channels()) {
      disconnected(channel);
      channel.close(Refusal.STOPPING, sentence);
    }
  }

  /** Takes agents again. */
  void open() {
    closed = "";
  }

  void receive(AgentChannel channel, AgentMessage message) {
    AgentEntry entry = agents.of(channel);
    if (entry == null || entry.connection == null) {
      return;
    }
    switch (message.getMessageCase()) {
      case HELLO -> breach(entry, "a second Hello on one stream");
      case ACK -> {
        Ack ack = message.getAck();
        if (ack.getEpoch().equals(identity.epoch())) {
          sessions.step(entry, entry.connection, new SessionEvent.Acked(ack.getRevision()));
          report(entry, message);
        } else {
          breach(entry, "an ack of another epoch than this stream's");
        }
      }
      case NACK -> {
        Nack nack = message.getNack();
        if (nack.getEpoch().equals(identity.epoch())) {
          sessions.step(
              entry,
              entry.connection,
              new SessionEvent.Nacked(
                  nack.getRevision(),
                  nack.getViolationsList().stream().limit(MAX_VIOLATIONS).toList()));
        } else {
          breach(entry, "a nack of another epoch than this stream's");
        }
      }
      case MEMBERSHIP -> report(entry, message);
      case HEALTH, LOAD, MESSAGE_NOT_SET -> {
        // Nothing of it concerns how the agent itself stands.
        report(entry, message);
        return;
      }
    }
    news.changed(entry);
  }

  private void report(AgentEntry entry, AgentMessage message) {
    switch (message.getMessageCase()) {
      case HEALTH -> {
        seat.judge().report(entry.name, message.getHealth());
        events.pools(board.report(entry.name, message.getHealth()));
      }
      case LOAD -> {
        seat.judge().report(entry.name, message.getLoad());
        board.report(entry.name, message.getLoad());
      }
      case MEMBERSHIP -> seat.judge().report(entry.name, message.getMembership());
      case ACK -> seat.judge().acked(entry.name);
      // A newer agent may say more.
      case HELLO, NACK, MESSAGE_NOT_SET -> {}
    }
  }

  private void breach(AgentEntry entry, String sentence) {
    if (entry.connection != null) {
      AgentChannel channel = entry.connection.channel;
      log.atWarn()
          .addKeyValue("agent", entry.name)
          .addKeyValue("reason", sentence)
          .log("closing the stream of an agent that breaks the contract");
      disconnected(channel);
      channel.close(Refusal.CONTRACT_BROKEN, sentence);
    }
  }

  private void reconcile(AgentEntry entry) {
    if (image == null || entry.dropped) {
      return;
    }
    Connection on = entry.connection;
    if (on != null) {
      Group group = grouping.of(entry);
      if (!entry.registered) {
        agents.register(entry, () -> reconcile(entry));
      }
      if (on.resumed) {
        sessions.desire(entry, on, group);
      } else {
        resuming.resume(entry, on, group);
      }
    }
    news.changed(entry);
  }
}
