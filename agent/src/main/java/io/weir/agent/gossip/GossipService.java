package io.weir.agent.gossip;

import com.google.protobuf.ByteString;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.membership.Message;
import io.weir.agent.membership.Peer;
import io.weir.agent.membership.Ring;
import io.weir.agent.membership.Settings;
import io.weir.agent.membership.Step;
import io.weir.agent.model.Health;
import io.weir.v1.Gossip;
import io.weir.v1.GossipFetch;
import io.weir.v1.GossipLoads;
import io.weir.v1.GossipMessage;
import io.weir.v1.GossipSnapshot;
import io.weir.v1.MembershipReport;
import io.weir.v1.Snapshot;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This agent's part in the ring of agents. It begins once there are keys: those of an earlier run,
 * or what the controller tells. Methods may be called on any thread and do not block, unless they
 * say otherwise.
 */
public final class GossipService {
  private static final Logger log = LoggerFactory.getLogger(GossipService.class);
  private static final int MAX_DATAGRAM = 1_400;
  private static final long LOADS_INTERVAL = 100_000_000L;
  private static final int LOADS_FANOUT = 8;
  private static final long CLOSE_MILLIS = 1_000;

  /**
   * Members to begin with after a restart, of those that are there, and how often these are kept.
   */
  private static final int KEPT = 16;

  private static final long KEPT_INTERVAL = 1_000_000_000L;

  /** Agents asked at once for what they run. */
  private static final int FETCHED = 4;

  private final String name;
  private final GossipSocket socket;
  private final RingFile file;
  private final GossipListener listener;
  private final RandomGenerator random;
  private final InstantSource clock;
  private final Seal seal;
  private final InFlightBoard inFlight;
  private final Tally tally = new Tally();
  private final GossipLoop loop;
  private final StateExchange exchange;
  private final Addresses addresses;
  private final Map<EndpointStates.Key, Health> own = new HashMap<>();

  private @Nullable Ring ring;
  private long nextLoads;
  private Set<String> present = Set.of();
  private boolean unkept;
  private long nextKept = System.nanoTime();
  private Gossip told = Gossip.getDefaultInstance();
  private CompletableFuture<Void> saved = CompletableFuture.completedFuture(null);
  private Supplier<Optional<Snapshot>> offering = Optional::empty;
  private volatile ByteString signer = ByteString.EMPTY;
  private volatile Shown shown = new Shown(List.of(), 0, 0);

  /** What other threads see of the ring. */
  private record Shown(List<Ring.View> members, int localHealth, int backlog) {}

  /**
   * Does not start anything.
   *
   * @param socket closed by {@link #close}
   * @param dir where keys and members are kept, for this process alone
   */
  public GossipService(
      String cluster,
      String name,
      GossipSocket socket,
      Path dir,
      EndpointStates states,
      RandomGenerator random,
      InstantSource clock,
      GossipListener listener) {
    this.name = name;
    this.socket = socket;
    this.file = new RingFile(dir);
    this.listener = listener;
    this.random = random;
    this.clock = clock;
    this.seal = new Seal(cluster, name, new SecureRandom());
    this.inFlight = new InFlightBoard(states);
    this.loop = new GossipLoop(socket, new Datagrams());
    this.exchange = new StateExchange(socket.connections(), new Connections());
    this.addresses = new Addresses(loop::execute);
  }

  /**
   * @param token joins the ring when nothing is known of it from an earlier run; without keys: it
   *     does not
   * @param own what this agent runs, if others may have it; asked on the ring's thread
   */
  public void start(Gossip token, Supplier<Optional<Snapshot>> own) {
    loop.execute(() -> {
      offering = own;
      try {
        Gossip known = file.load().orElse(token);
        if (known.getKeysCount() > 0) {
          join(known);
        }
      } catch (IOException e) {
        log.atWarn()
            .addKeyValue("reason", e.getMessage())
            .log("cannot read which ring this agent was in; waiting for the controller");
      }
    });
    loop.start();
    exchange.start();
  }

  /** Asks some of the other agents for what they run; the listener is told what they answer. */
  public void fetch() {
    loop.execute(() -> {
      Map<String, Peer> peers = new LinkedHashMap<>();
      told.getMembersList()
          .forEach(m -> peers.put(m.getAgent(), new Peer(m.getAgent(), m.getAddress())));
      shown.members.stream()
          .filter(m -> m.state().present())
          .forEach(m -> peers.put(m.peer().name(), m.peer()));
      peers.remove(name);
      List<Peer> some = new ArrayList<>(peers.values());
      Collections.shuffle(some, Random.from(random));
      long now = System.nanoTime();
      for (Peer peer : some.subList(0, Math.min(FETCHED, some.size()))) {
        byte[] packet =
            packet(
                peer.name(), GossipMessage.newBuilder().setFetch(GossipFetch.getDefaultInstance()));
        addresses
            .of(peer.address(), now)
            .ifPresent(to -> exchange.send(to, packet, StateExchange.MOST_ASKED));
      }
    });
  }

  /** Whose snapshots to trust: the cluster's public key; empty as long as it is not known. */
  public ByteString signer() {
    return signer;
  }

  /** Where this agent hears others; a wildcard host as it was bound. */
  public String address() {
    return socket.address().toString();
  }

  /** What the controller says takes the place of what it said before. */
  public void told(Gossip gossip) {
    loop.execute(() -> {
      if (!gossip.equals(told) && join(gossip)) {
        keep();
      }
    });
  }

  /** What the controller told, with members that are there now: some came after it did. */
  private void keep() {
    unkept = false;
    Gossip.Builder gossip = told.toBuilder();
    List<Peer> peers = ring == null ? List.of() : ring.some(KEPT);
    if (!peers.isEmpty()) {
      gossip.clearMembers();
      peers.forEach(peer ->
          gossip.addMembers(
              Gossip.Member.newBuilder().setAgent(peer.name()).setAddress(peer.address())));
    }
    Gossip known = gossip.build();
    // Aside, as a disk may take longer than others wait for an answer; one after the other.
    saved = saved.thenRunAsync(() -> save(known), Thread::startVirtualThread);
  }

  private void save(Gossip gossip) {
    try {
      file.save(gossip);
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("cannot save the ring's keys; after a restart it takes the controller to join");
    }
  }

  /** This agent holds an endpoint to be so. */
  public void observed(String pool, String endpoint, Health health) {
    loop.execute(() -> observe(new EndpointStates.Key(pool, endpoint), health));
  }

  /** All that it observes now; what is not among them it does not any more. */
  public void observing(Map<EndpointStates.Key, Health> all) {
    loop.execute(() -> {
      for (EndpointStates.Key key : List.copyOf(own.keySet())) {
        if (!all.containsKey(key)) {
          observe(key, Health.UNKNOWN);
        }
      }
      all.forEach(this::observe);
    });
  }

  /** What this agent holds of the others, for the controller; nothing before there is a ring. */
  public MembershipReport report() {
    Shown now = shown;
    return MembershipReports.of(now.members, now.localHealth, System.nanoTime());
  }

  public GossipCounts counts() {
    Shown now = shown;
    return tally.counts(now.members, now.localHealth, now.backlog);
  }

  /** Tells the others that this agent goes, and closes the socket. Blocks for a second at most. */
  public void close() {
    loop.execute(() -> {
      Ring in = ring;
      if (in != null) {
        done(in.leave(), System.nanoTime(), null);
        ring = null;
      }
    });
    loop.close(CLOSE_MILLIS);
    try {
      socket.close();
    } catch (IOException e) {
      log.atDebug().setCause(e).log("close failed");
    }
  }

  private boolean join(Gossip gossip) {
    Keys keys = Keys.of(gossip.getKeysList());
    if (keys.isEmpty()) {
      log.atWarn().log("the controller told of a ring without a key that can be used");
      return false;
    }
    told = gossip;
    signer = gossip.getSigner();
    seal.keys(keys);
    long now = System.nanoTime();
    Ring in = ring;
    if (in == null) {
      Peer self = new Peer(name, address());
      in = new Ring(Settings.DEFAULT, self, Math.max(1, clock.millis()), random, now);
      for (Map.Entry<EndpointStates.Key, Health> entry : own.entrySet()) {
        in.observe(entry.getKey().pool(), entry.getKey().address(), entry.getValue());
      }
      ring = in;
      nextLoads = now;
    }
    in.seeds(
        gossip.getMembersList().stream().map(m -> new Peer(m.getAgent(), m.getAddress())).toList(),
        now);
    show(in);
    return true;
  }

  private void observe(EndpointStates.Key key, Health health) {
    Health before = health == Health.UNKNOWN ? own.remove(key) : own.put(key, health);
    Ring in = ring;
    if (in != null && before != health && (before != null || health != Health.UNKNOWN)) {
      in.observe(key.pool(), key.address(), health);
    }
  }

  /**
   * @param answer for what goes back to whom this came from, if it came over a connection
   */
  private void handle(
      InetSocketAddress from,
      ByteBuffer bytes,
      @Nullable CompletableFuture<Optional<byte[]>> answer) {
    switch (seal.open(bytes)) {
      case Seal.Opening.Refused refused -> tally.dropped(refused.why());
      case Seal.Opening.Opened opened -> {
        tally.received();
        take(opened.message(), from, answer);
      }
    }
    if (answer != null) {
      answer.complete(Optional.empty());
    }
  }

  private void take(
      GossipMessage wire,
      InetSocketAddress from,
      @Nullable CompletableFuture<Optional<byte[]>> answer) {
    long now = System.nanoTime();
    Ring in = ring;
    if (in == null) {
      return;
    }
    if (wire.hasFetch()) {
      if (answer != null) {
        offering.get().ifPresent(own -> answer.complete(Optional.of(offer(wire.getFrom(), own))));
      }
      return;
    }
    if (wire.hasSnapshot()) {
      listener.offered(wire.getFrom(), wire.getSnapshot().getSnapshot());
      return;
    }
    if (wire.hasLoads()) {
      inFlight.hear(wire.getFrom(), wire.getLoads(), now);
      return;
    }
    String address = Addresses.located(wire.getAddress(), from);
    Optional<Message> message = GossipMessages.message(wire);
    if (message.isPresent()) {
      Message located = GossipMessages.located(message.get(), wire.getFrom(), address);
      done(in.receive(new Peer(wire.getFrom(), address), located, now), now, answer);
    }
  }

  private void done(Step step, long now, @Nullable CompletableFuture<Optional<byte[]>> answer) {
    for (Step.Outgoing outgoing : step.send()) {
      if (outgoing.message() instanceof Message.State state) {
        byte[] packet = packet(outgoing.to().name(), GossipMessages.wire(state));
        if (packet.length > StateExchange.MOST) {
          log.atWarn().addKeyValue("bytes", packet.length).log("the ring's state is too large");
        } else if (answer != null && !state.answer()) {
          answer.complete(Optional.of(packet));
        } else {
          addresses
              .of(outgoing.to().address(), now)
              .ifPresent(to -> exchange.send(to, packet, StateExchange.MOST));
        }
      } else {
        send(outgoing.to(), GossipMessages.wire(outgoing.message()), now);
      }
    }
    Ring in = ring;
    if (in != null && !step.events().isEmpty()) {
      step.events().forEach(this::tell);
      if (!step.events().stream().allMatch(e -> e instanceof Step.Event.Heard)) {
        show(in);
      }
    }
  }

  private byte[] offer(String to, Snapshot own) {
    return packet(
        to, GossipMessage.newBuilder().setSnapshot(GossipSnapshot.newBuilder().setSnapshot(own)));
  }

  private void send(Peer to, GossipMessage.Builder message, long now) {
    addresses
        .of(to.address(), now)
        .ifPresent(address -> {
          byte[] packet = packet(to.name(), message);
          if (packet.length > MAX_DATAGRAM) {
            tally.dropped(Dropped.OVERSIZED);
          } else {
            tally.sent();
            loop.send(address, packet);
          }
        });
  }

  private byte[] packet(String to, GossipMessage.Builder message) {
    return seal.seal(message.setFrom(name).setTo(to).setAddress(address()).build());
  }

  private void tell(Step.Event event) {
    switch (event) {
      case Step.Event.Heard(var seen) ->
          listener.heard(seen.agent(), seen.pool(), seen.endpoint(), seen.health());
      case Step.Event.Became became -> RingLog.became(became);
      case Step.Event.Joined joined -> RingLog.joined(joined);
      case Step.Event.Stalled stalled -> RingLog.stalled(stalled);
      case Step.Event.Forgotten _ -> {}
    }
  }

  private void show(Ring in) {
    List<Ring.View> members = in.members();
    shown = new Shown(members, in.localHealth(), in.backlog());
    Set<String> now =
        members.stream()
            .filter(m -> m.state().present() && !m.peer().name().equals(name))
            .map(m -> m.peer().name())
            .collect(Collectors.toUnmodifiableSet());
    if (!now.equals(present)) {
      present = now;
      listener.membersAlive(now);
      unkept = true;
    }
    listener.membershipChanged();
  }

  private final class Datagrams implements GossipLoop.Handler {
    @Override
    public void datagram(InetSocketAddress from, ByteBuffer bytes) {
      if (bytes.remaining() > MAX_DATAGRAM) {
        tally.dropped(Dropped.OVERSIZED);
      } else {
        handle(from, bytes, null);
      }
    }

    @Override
    public long nextDue() {
      Ring in = ring;
      return in == null
          ? System.nanoTime() + LOADS_INTERVAL * 10
          : Math.min(in.nextDue(), nextLoads);
    }

    @Override
    public void tick() {
      Ring in = ring;
      if (in == null) {
        return;
      }
      long now = System.nanoTime();
      if (in.nextDue() <= now) {
        done(in.tick(now), now, null);
      }
      if (unkept && now >= nextKept) {
        nextKept = now + KEPT_INTERVAL;
        keep();
      }
      if (now >= nextLoads) {
        nextLoads = now + LOADS_INTERVAL;
        shown = new Shown(shown.members, in.localHealth(), in.backlog());
        inFlight.look();
        inFlight.publish(now);
        GossipLoads loads = inFlight.tell(now);
        if (loads.getLoadsCount() > 0) {
          for (Peer peer : in.some(LOADS_FANOUT)) {
            send(peer, GossipMessage.newBuilder().setLoads(loads), now);
          }
        }
      }
    }
  }

  private final class Connections implements StateExchange.Receiver {
    @Override
    public void received(
        InetSocketAddress from, byte[] packet, CompletableFuture<Optional<byte[]>> answer) {
      loop.execute(() -> handle(from, ByteBuffer.wrap(packet), answer));
    }

    @Override
    public void oversized() {
      tally.dropped(Dropped.OVERSIZED);
    }
  }
}
