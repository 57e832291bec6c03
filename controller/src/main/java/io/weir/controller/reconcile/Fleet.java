package io.weir.controller.reconcile;

import com.google.protobuf.Duration;
import io.weir.controller.health.ObservationBoard;
import io.weir.controller.reconcile.AgentChannel.Refusal;
import io.weir.controller.reconcile.AgentEntry.Connection;
import io.weir.controller.reconcile.AgentEntry.Left;
import io.weir.controller.rollout.Member;
import io.weir.controller.session.Session;
import io.weir.controller.session.SessionEvent;
import io.weir.controller.session.SessionState;
import io.weir.controller.session.Step;
import io.weir.controller.session.Step.Effect;
import io.weir.controller.snapshot.AgentSnapshot;
import io.weir.controller.snapshot.Group;
import io.weir.controller.snapshot.Groups;
import io.weir.controller.snapshot.SnapshotSigner;
import io.weir.v1.Ack;
import io.weir.v1.AgentMessage;
import io.weir.v1.AgentStatus;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Dismissal;
import io.weir.v1.Hello;
import io.weir.v1.Nack;
import io.weir.v1.Resource;
import io.weir.v1.ToAgent;
import io.weir.v1.Welcome;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every agent and what it should run. Level-based: whatever happened, {@link #reconcile} looks at
 * what is and does the next thing. Confined to the loop's thread.
 */
final class Fleet {
  private static final Logger log = LoggerFactory.getLogger(Fleet.class);
  private static final int MAX_AGENTS = 10_000;
  private static final String TOO_MANY =
      "this controller knows %d agents, which is the most; delete those that are gone"
          .formatted(MAX_AGENTS);
  private static final String REPLACED = "the agent opened a newer stream";

  /** Bytes of whole snapshots, and how long an agent may take with one before others go, s. */
  private static final long SNAPSHOTS_UNDERWAY = 64L << 20;

  private static final int PATIENCE = 5;
  private static final int MAX_VIOLATIONS = 100;

  /** One in so many agents is few. */
  private static final int FEW = 20;

  private static final Duration REPORT_INTERVAL = Duration.newBuilder().setSeconds(1).build();

  private final Identity identity;
  private final InstantSource clock;
  private final ObservationBoard board;
  private final Seat seat;
  private final PastConfigs past;
  private final Registrar registrar;
  private final Events events;
  private final Wire wire;

  private final SortedMap<String, AgentEntry> agents = new TreeMap<>();
  private final Map<AgentChannel, AgentEntry> connected = new HashMap<>();
  private final Groups groups = new Groups();
  private final Settling settling = new Settling();

  // Have yet to answer to what they were sent.
  private final Set<AgentChannel> owing = new HashSet<>();
  private final Admission admission = new Admission(SNAPSHOTS_UNDERWAY, PATIENCE);
  private boolean ticking;

  /** Up to which revision what was found for staged changes has been seen. */
  private long sought;

  private @Nullable Image image;
  private String closed = "";

  /** What others have to know, and what has to come back later. */
  interface Events {
    /** Some agent may stand otherwise than before. */
    void agent();

    void agent(String name, @Nullable Resource before, @Nullable Resource after);

    /** Agents hold something else of endpoints of these pools. */
    void pools(Collection<String> names);

    /** Runs {@code task} on the loop, a second from now; callable from any thread. */
    void soon(Runnable task);

    /** Whether anybody wants to hear of agents. */
    boolean areAgentsWatched();

    /**
     * An agent runs revision {@code agents} of this epoch, and the store itself is only at {@code
     * store}: its data was put back.
     */
    void storeWentBack(long agents, long store);
  }

  Fleet(
      Identity identity,
      InstantSource clock,
      ObservationBoard board,
      Seat seat,
      PastConfigs past,
      Registrar registrar,
      Events events,
      SnapshotSigner signer,
      Serializations serializations) {
    this.identity = identity;
    this.clock = clock;
    this.board = board;
    this.seat = seat;
    this.past = past;
    this.registrar = registrar;
    this.events = events;
    this.wire = new Wire(identity.epoch(), seat::term, signer, serializations);
  }

  Collection<Resource> resources() {
    return agents.values().stream().map(this::resource).toList();
  }

  Optional<Resource> resource(String name) {
    return Optional.ofNullable(agents.get(name)).map(this::resource);
  }

  private Resource resource(AgentEntry entry) {
    Remote remote = entry.remote;
    AgentStatus.Builder status = remote == null ? entry.status() : remote.status();
    if (entry.connection != null) {
      status.setController(identity.self().address());
    }
    seat.judge().describe(entry.name, entry.isConnected(), status);
    return remote == null ? entry.resource(status) : remote.resource(status);
  }

  /** What others say of these agents has changed. */
  void restate(Collection<String> names) {
    for (String name : names) {
      AgentEntry entry = agents.get(name);
      if (entry != null) {
        publish(entry);
      }
    }
  }

  /** How all agents stand. */
  Collection<Progress.Standing> standings() {
    long seen = image == null ? 0 : image.revision();
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

  @SuppressWarnings("ReferenceEquality") // an image shares what did not change
  void update(Image next) {
    Image before = image;
    image = next;
    boolean staged = before == null || next.staging() != before.staging();
    if (before == null
        || next.offered() != before.offered()
        || next.found() != before.found()
        || staged) {
      sought = Math.max(sought, next.lastSought());
      groups.update(
          next.offered().revision() < sought
              ? next.offered().with(sought, Map.of())
              : next.offered(),
          next::over);
      board.declare(next.offered());
    }
    if (staged) {
      agents.values().stream().filter(entry -> entry.group != null).forEach(this::join);
    }
    if (before == null || next.agents() != before.agents()) {
      register(next);
    }
    for (AgentEntry entry : List.copyOf(agents.values())) {
      Connection on = entry.connection;
      if (on == null) {
        publish(entry);
      } else if (!entry.isSettled()) {
        reconcile(entry);
      }
    }
    settling.seen(next.revision());
  }

  /**
   * Completes once this is known of revision {@code revision} or a later one and every agent that
   * is connected runs what it should.
   */
  CompletableFuture<Void> settled(long revision) {
    return settling.at(revision);
  }

  /** Whether more than a few agents have yet to answer to what they were sent. */
  boolean isOwing() {
    return owing.size() > connected.size() / FEW;
  }

  private void register(Image next) {
    next.agents().keySet().forEach(this::entry);
    for (AgentEntry entry : List.copyOf(agents.values())) {
      Resource registration = next.agents().get(entry.name);
      if (registration == null
          ? entry.registration != null
          : !registration.equals(entry.registration)) {
        entry.registration = registration;
        entry.registering = false;
        entry.compare();
        if (!dropped(entry)) {
          join(entry);
          publish(entry);
        }
      }
    }
  }

  /** The group of its labels, and of the staged changes that it is to run, as they are now. */
  private Group join(AgentEntry entry) {
    Group before = entry.group;
    SortedSet<Long> staged =
        image == null
            ? Collections.emptySortedSet()
            : image.staging().of(entry.name, entry.labels());
    if (before != null
        && before.labels().equals(entry.labels())
        && before.staged().equals(staged)) {
      return before;
    }
    Group now = groups.join(entry.labels(), staged);
    entry.group = now;
    if (before != null) {
      groups.leave(before);
    }
    if (image != null
        && before != null
        && !before.staged().equals(staged)
        && entry.connection != null) {
      // The revision at which this became so is after whatever it was told before.
      entry.connection.cameWith = Math.max(entry.connection.cameWith, image.revision());
    }
    return now;
  }

  /** Neither known to the store nor here. */
  private boolean dropped(AgentEntry entry) {
    boolean gone = entry.registration == null && !entry.isConnected();
    if (gone) {
      Resource last = resource(entry);
      agents.remove(entry.name);
      if (entry.group != null) {
        groups.leave(entry.group);
      }
      seat.judge().gone(entry.name);
      events.agent();
      events.agent(entry.name, last, null);
    }
    return gone;
  }

  private AgentEntry entry(String name) {
    return agents.computeIfAbsent(name, AgentEntry::new);
  }

  void hello(Hello hello, String peer, AgentChannel channel) {
    if (!closed.isEmpty()) {
      refuse(hello, peer, channel, Refusal.STOPPING, closed);
      return;
    }
    AgentEntry known = agents.get(hello.getAgent());
    if (known == null && agents.size() >= MAX_AGENTS) {
      refuse(hello, peer, channel, Refusal.TOO_MANY, TOO_MANY);
      return;
    }
    if (known != null && known.connection != null) {
      Connection other = known.connection;
      if (!other.hello.getInstance().equals(hello.getInstance())) {
        refuse(hello, peer, channel, Refusal.NAME_TAKEN, taken(hello.getAgent(), other.peer));
        return;
      }
      disconnected(other.channel);
      other.channel.close(Refusal.REPLACED, REPLACED);
    }
    if (known != null && known.remote != null) {
      Remote other = known.remote;
      if (!other.instance().equals(hello.getInstance())) {
        refuse(
            hello, peer, channel, Refusal.NAME_TAKEN, taken(hello.getAgent(), other.controller()));
        return;
      }
      gone(other);
      other.channel().close(Refusal.REPLACED, REPLACED);
    }
    AgentEntry entry = entry(hello.getAgent());
    entry.connection =
        new Connection(hello, peer, channel, clock.instant(), Session.start(null, clock.instant()));
    entry.compare();
    join(entry);
    entry.ackedRevision = hello.getEpoch().equals(identity.epoch()) ? hello.getRevision() : 0;
    connected.put(channel, entry);
    settling.is(channel, false);
    log.atInfo()
        .addKeyValue("agent", entry.name)
        .addKeyValue("peer", peer)
        .addKeyValue("version", hello.getVersion())
        .addKeyValue("runs", entry.ackedRevision)
        .log("agent connected");
    channel.send(welcome());
    seat.judge().connected(Delivery.Peer.of(entry.name, hello.getGossip(), peer), channel);
    reconcile(entry);
  }

  private static String taken(String name, String where) {
    return "an agent named \"%s\" is already connected, from %s; give each agent a name of its own with --name"
        .formatted(name, where);
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
    for (AgentEntry entry : List.copyOf(agents.values())) {
      entry
          .connected()
          .ifPresent(on -> {
            on.channel.send(welcome);
            seat.judge()
                .connected(Delivery.Peer.of(entry.name, on.hello.getGossip(), on.peer), on.channel);
          });
      Judge.Agent seen = seen(entry);
      entry.seen = seen;
      seat.judge().agent(seen);
      if (seat.judge().heedsStanding()) {
        seat.judge().stands(resource(entry));
      }
      publish(entry);
    }
  }

  /** An agent's stream is with a follower, or what is known of the agent there has changed. */
  void here(Remote remote) {
    AgentEntry known = agents.get(remote.name());
    if (known == null && agents.size() >= MAX_AGENTS) {
      remote.channel().close(Refusal.TOO_MANY, TOO_MANY);
      return;
    }
    AgentEntry entry = entry(remote.name());
    Remote before = entry.remote;
    if (entry.connection != null) {
      Connection on = entry.connection;
      if (!on.hello.getInstance().equals(remote.instance())) {
        remote.channel().close(Refusal.NAME_TAKEN, taken(entry.name, on.peer));
        return;
      }
      disconnected(on.channel);
      on.channel.close(Refusal.REPLACED, REPLACED);
      entry = entry(remote.name());
    } else if (before != null && !before.channel().equals(remote.channel())) {
      if (!before.instance().equals(remote.instance())) {
        remote.channel().close(Refusal.NAME_TAKEN, taken(entry.name, before.controller()));
        return;
      }
      gone(before);
      before.channel().close(Refusal.REPLACED, REPLACED);
      entry = entry(remote.name());
    }
    boolean first = entry.remote == null;
    entry.remote = remote;
    if (first) {
      seat.judge().connected(new Delivery.Peer(remote.name(), remote.gossip()), remote.channel());
    }
    publish(entry);
  }

  /** Its stream there has ended. */
  void gone(Remote remote) {
    AgentEntry entry = agents.get(remote.name());
    if (entry == null || entry.remote == null || !entry.remote.channel().equals(remote.channel())) {
      return;
    }
    entry.remote = null;
    seat.judge().disconnected(entry.name, remote.channel());
    events.pools(board.forget(entry.name));
    if (!dropped(entry)) {
      publish(entry);
    }
  }

  /** A follower has seen more of the store. */
  void seenElsewhere() {
    events.agent();
  }

  /** What an agent of a follower says. */
  void receive(Remote remote, AgentMessage message) {
    AgentEntry entry = agents.get(remote.name());
    if (entry != null && entry.remote != null && entry.remote.channel().equals(remote.channel())) {
      report(entry, message);
      if (message.hasMembership()) {
        publish(entry);
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

  /** Agents whose streams are with this controller. */
  int connections() {
    return connected.size();
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

  private static void refuse(
      Hello hello, String peer, AgentChannel channel, Refusal refusal, String sentence) {
    log.atWarn()
        .addKeyValue("agent", hello.getAgent())
        .addKeyValue("peer", peer)
        .addKeyValue("reason", sentence)
        .log("agent refused");
    channel.close(refusal, sentence);
  }

  void disconnected(AgentChannel channel) {
    AgentEntry entry = connected.remove(channel);
    if (entry == null || entry.connection == null) {
      return;
    }
    Connection was = entry.connection;
    settling.is(channel, true);
    owing.remove(channel);
    admission.over(channel);
    entry.connection = null;
    entry.left = new Left(was.hello, was.peer, clock.instant());
    log.atInfo()
        .addKeyValue("agent", entry.name)
        .addKeyValue("peer", was.peer)
        .log("agent disconnected; it goes on with what it has");
    seat.judge().disconnected(entry.name, channel);
    events.pools(board.forget(entry.name));
    if (!dropped(entry)) {
      publish(entry);
    }
  }

  /** Closes all streams, and refuses new ones from now on until {@link #open}. */
  void close(String sentence) {
    closed = sentence;
    for (AgentChannel channel : List.copyOf(connected.keySet())) {
      disconnected(channel);
      channel.close(Refusal.STOPPING, sentence);
    }
  }

  /** Takes agents again. */
  void open() {
    closed = "";
  }

  void receive(AgentChannel channel, AgentMessage message) {
    AgentEntry entry = connected.get(channel);
    if (entry == null || entry.connection == null) {
      return;
    }
    switch (message.getMessageCase()) {
      case HELLO -> breach(entry, "a second Hello on one stream");
      case ACK -> {
        Ack ack = message.getAck();
        if (ack.getEpoch().equals(identity.epoch())) {
          step(entry, entry.connection, new SessionEvent.Acked(ack.getRevision()));
          report(entry, message);
        } else {
          breach(entry, "an ack of another epoch than this stream's");
        }
      }
      case NACK -> {
        Nack nack = message.getNack();
        if (nack.getEpoch().equals(identity.epoch())) {
          step(
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
    publish(entry);
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
    if (image == null || agents.get(entry.name) != entry) {
      return;
    }
    Connection on = entry.connection;
    if (on != null) {
      Group group = entry.group == null ? join(entry) : entry.group;
      if (!entry.registered) {
        register(entry);
      }
      if (on.resumed) {
        on.told = group.current();
        step(entry, on, new SessionEvent.Desired(desired(group, on)));
      } else {
        resume(entry, on, group, image);
      }
    }
    publish(entry);
  }

  private void register(AgentEntry entry) {
    if (!entry.registering) {
      entry.registering = true;
      registrar.register(
          entry.name,
          entry.labels(),
          entry.registration,
          clock.instant(),
          () ->
              events.soon(() -> {
                entry.registering = false;
                reconcile(entry);
              }));
    }
  }

  /**
   * Never of a revision before the one that the agent came with, which it would refuse: what is
   * current now was so then.
   */
  private static AgentSnapshot desired(Group group, Connection on) {
    AgentSnapshot current = group.current();
    return current.at(Math.max(current.revision(), on.cameWith));
  }

  /** Finds out what the agent runs, so that it need not be sent what it has. */
  private void resume(AgentEntry entry, Connection on, Group group, Image now) {
    long revision = entry.ackedRevision;
    on.cameWith = Math.max(on.cameWith, revision);
    if (revision > now.revision()) {
      // Somebody has seen more of the store than is known here: nothing is said until that is.
      ask(entry, on, revision);
    } else if (revision == 0 || !on.hello.getScope().equals(group.scope())) {
      resumed(entry, on, null);
    } else {
      group
          .at(revision)
          .ifPresentOrElse(runs -> resumed(entry, on, runs), () -> ask(entry, on, revision));
    }
  }

  private void ask(AgentEntry entry, Connection on, long revision) {
    if (on.asking) {
      return;
    }
    on.asking = true;
    var _ =
        past.at(revision)
            .thenAccept(answer -> {
              on.asking = false;
              if (entry.connection == on && !on.resumed) {
                answered(entry, on, revision, answer);
              }
            });
  }

  private void answered(AgentEntry entry, Connection on, long revision, PastConfigs.Past answer) {
    Group group = join(entry);
    boolean behind = image == null || revision > image.revision();
    switch (answer) {
      case PastConfigs.Past.Future future -> {
        if (behind) {
          log.atError()
              .addKeyValue("agent", entry.name)
              .addKeyValue("runs", revision)
              .addKeyValue("store", future.newest())
              .log("an agent runs a revision that the store has never had; was it put back?");
          events.storeWentBack(revision, future.newest());
        }
        events.soon(() -> reconcile(entry));
      }
      case PastConfigs.Past.Known known -> {
        if (behind) {
          // The store has it, so that it will be seen here, too.
          events.soon(() -> reconcile(entry));
        } else if (on.hello.getScope().equals(group.scope())
            && (image == null || !image.staging().finds(group.staged()))) {
          resumed(entry, on, group.recall(revision, known.catalog()));
        } else {
          resumed(entry, on, null);
        }
      }
      case PastConfigs.Past.Forgotten _ -> {
        if (behind) {
          events.soon(() -> reconcile(entry));
        } else {
          resumed(entry, on, null);
        }
      }
    }
  }

  private void resumed(AgentEntry entry, Connection on, @Nullable AgentSnapshot runs) {
    on.resumed = true;
    on.state = Session.start(runs, clock.instant());
    reconcile(entry);
  }

  private void step(AgentEntry entry, Connection on, SessionEvent event) {
    SessionState before = on.state;
    Step step = Session.next(before, event, clock.instant());
    on.state = step.state();
    settling.is(on.channel, step.state() instanceof SessionState.Synced);
    if (step.state() instanceof SessionState.AwaitingAck) {
      owing.add(on.channel);
    } else {
      owing.remove(on.channel);
      admission.over(on.channel);
    }
    step.state()
        .known()
        .ifPresent(running -> {
          entry.ackedRevision = running.revision();
        });
    log(entry, before, step.state());
    switch (step.effect()) {
      case Effect.Nothing _ -> {}
      case Effect.SendSnapshot send -> {
        Encoded whole = wire.snapshot(send.snapshot());
        admission.enter(on.channel, whole.bytes().size(), () -> on.channel.send(whole));
        tickAdmission();
      }
      case Effect.SendDelta send -> on.channel.send(wire.delta(send.base(), send.next()));
      case Effect.Close close -> breach(entry, close.sentence());
    }
  }

  private void tickAdmission() {
    if (admission.areAnyWaiting() && !ticking) {
      ticking = true;
      events.soon(() -> {
        ticking = false;
        admission.tick();
        tickAdmission();
      });
    }
  }

  private static void log(AgentEntry entry, SessionState before, SessionState after) {
    switch (after) {
      case SessionState.Synced synced when !(before instanceof SessionState.Synced) ->
          log.atDebug()
              .addKeyValue("agent", entry.name)
              .addKeyValue("revision", synced.running().revision())
              .log("agent synced");
      case SessionState.Rejected rejected when !(before instanceof SessionState.Rejected) ->
          log.atWarn()
              .addKeyValue("agent", entry.name)
              .addKeyValue("revision", rejected.refused().revision())
              .addKeyValue("field", rejected.violations().getFirst().getField())
              .addKeyValue("reason", rejected.violations().getFirst().getReason())
              .log("agent rejected what it should run");
      case SessionState.Syncing _,
          SessionState.AwaitingAck _,
          SessionState.Synced _,
          SessionState.Rejected _ -> {}
    }
  }

  private Judge.Agent seen(AgentEntry entry) {
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

  private void publish(AgentEntry entry) {
    if (agents.get(entry.name) != entry) {
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
}
