package io.weir.controller.reconcile;

import com.google.protobuf.ByteString;
import io.weir.controller.failover.Change;
import io.weir.controller.failover.Records;
import io.weir.controller.health.Effect;
import io.weir.controller.health.Target;
import io.weir.controller.health.VerdictBoard;
import io.weir.controller.health.VerdictBoard.Assigned;
import io.weir.v1.AssignedEndpoint;
import io.weir.v1.Assignment;
import io.weir.v1.ControllerMessage;
import io.weir.v1.EndpointRecord;
import io.weir.v1.EndpointVerdict;
import io.weir.v1.Gossip;
import io.weir.v1.PoolPosition;
import io.weir.v1.PoolRecord;
import io.weir.v1.Verdict;
import io.weir.v1.Verdicts;
import io.weir.v1.Verify;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells connected agents who probes what, what is concluded, what to look at, and of each other.
 * Confined to the loop's thread.
 */
final class Delivery {
  /** So that a fleet that comes back is shared out once, not agent by agent. */
  private static final Duration FIRST_SHARING = Duration.ofSeconds(2);

  private static final Duration SHARING = Duration.ofMillis(50);
  private static final Duration SEEDING = Duration.ofSeconds(1);
  private static final int SEEDS = 16;

  /** Odd, and far from a power of two: spreads hashes that lie close together (Knuth). */
  private static final int SPREAD = 0x9E3779B1;

  private final long term;
  private final VerdictBoard board;
  private final BiConsumer<Duration, Runnable> later;
  private final Map<String, Link> links = new TreeMap<>();

  /** Those of them that take part in the ring, as they came. */
  private final List<Link> ringed = new ArrayList<>();

  private List<Gossip.Key> keys = List.of();
  private Records records = Records.EMPTY;
  private boolean begun;

  /** Links that have had no assignment. */
  private int fresh;

  private boolean sharing;
  private boolean shared;
  private boolean seeding;
  private final ByteString signer;
  private long version;

  /**
   * A connected agent.
   *
   * @param gossip where others reach it, "host:port"; empty: it takes no part in the ring
   */
  record Peer(String name, String gossip) {
    /** A wildcard host stands for the address that the stream comes from. */
    static Peer of(String name, String gossip, String peer) {
      int colon = gossip.lastIndexOf(':');
      if (colon < 0) {
        return new Peer(name, "");
      }
      String host = gossip.substring(0, colon);
      boolean wildcard = host.isEmpty() || host.equals("0.0.0.0") || host.equals("[::]");
      int end = peer.lastIndexOf(':');
      return wildcard && end < 0
          ? new Peer(name, "")
          : new Peer(name, wildcard ? peer.substring(0, end) + gossip.substring(colon) : gossip);
    }
  }

  private static final class Link {
    final Peer peer;
    final AgentChannel channel;
    Set<String> pools = Set.of();

    /** What it was last told to probe; null: nothing yet. */
    @Nullable List<Assigned> assigned;

    /** It has to be told all verdicts once it runs what it runs now. */
    boolean stale = true;

    int seeds = -1;

    Link(Peer peer, AgentChannel channel) {
      this.peer = peer;
      this.channel = channel;
    }
  }

  /**
   * @param signer whose snapshots agents are to trust
   */
  Delivery(long term, VerdictBoard board, ByteString signer, BiConsumer<Duration, Runnable> later) {
    this.term = term;
    this.board = board;
    this.signer = signer;
    this.later = later;
  }

  void begin(List<Gossip.Key> ringKeys, Records known) {
    begun = true;
    keys = ringKeys;
    records = known;
    links
        .values()
        .forEach(link -> {
          seed(link);
          complete(link);
        });
    sharing = true;
    later.accept(
        FIRST_SHARING,
        () -> {
          shared = true;
          share();
        });
  }

  void connected(Peer peer, AgentChannel channel) {
    Link link = new Link(peer, channel);
    Link before = links.put(peer.name(), link);
    ringed.remove(before);
    if (!peer.gossip().isEmpty()) {
      ringed.add(link);
    }
    fresh++;
    if (begun) {
      seed(link);
      seedOthers();
    }
  }

  void disconnected(String name, AgentChannel channel) {
    Link link = links.get(name);
    if (link != null && link.channel.equals(channel)) {
      links.remove(name);
      ringed.remove(link);
      fresh -= link.assigned == null ? 1 : 0;
    }
  }

  void runs(String name, Set<String> pools) {
    Link link = links.get(name);
    if (link != null && !link.pools.equals(pools)) {
      link.pools = pools;
      complete(link);
      link.stale = true;
      if (begun && shared && link.assigned == null) {
        assign();
      }
    }
  }

  void acked(String name) {
    Link link = links.get(name);
    if (link != null && link.stale) {
      complete(link);
      link.stale = false;
    }
  }

  void verify(Effect.Verify verify) {
    Link link = links.get(verify.agent());
    if (link != null) {
      Verify.Builder message = Verify.newBuilder();
      for (Target target : verify.targets()) {
        message.addTargets(
            Verify.Target.newBuilder().setPool(target.pool()).setEndpoint(target.endpoint()));
      }
      link.channel.send(ControllerMessage.newBuilder().setVerify(message).build());
    }
  }

  /** Soon, if anything has to be shared out anew. */
  void assign() {
    if (begun && !sharing && (board.isUnassigned() || fresh > 0)) {
      sharing = true;
      later.accept(SHARING, this::share);
    }
  }

  private void share() {
    sharing = false;
    Set<String> changed = new HashSet<>(board.reassign());
    links.forEach((name, link) -> {
      if (link.assigned == null || changed.contains(name)) {
        List<Assigned> now = board.assignment(name);
        if (!now.equals(link.assigned)) {
          fresh -= link.assigned == null ? 1 : 0;
          link.assigned = now;
          link.channel.send(assignment(now));
        }
      }
    });
  }

  private ControllerMessage assignment(List<Assigned> assigned) {
    Assignment.Builder assignment = Assignment.newBuilder().setTerm(term).setVersion(++version);
    for (Assigned one : assigned) {
      assignment.addEndpoints(
          AssignedEndpoint.newBuilder()
              .setPool(one.target().pool())
              .setEndpoint(one.target().endpoint())
              .setPlace(one.place())
              .setObservers(one.observers()));
    }
    return ControllerMessage.newBuilder().setAssignment(assignment).build();
  }

  /** These changes are in effect and have led to {@code after}. */
  void changed(Records after, List<Change> changes) {
    records = after;
    Map<String, Map<String, EndpointVerdict>> verdicts = new HashMap<>();
    Map<String, PoolPosition> positions = new HashMap<>();
    for (Change change : changes) {
      switch (change) {
        case Change.Judged judged ->
            verdicts
                .computeIfAbsent(judged.name(), _ -> new LinkedHashMap<>())
                .put(judged.endpoint().getEndpoint(), verdict(judged.name(), judged.endpoint()));
        case Change.Moved moved ->
            positions.put(
                moved.name(),
                PoolPosition.newBuilder()
                    .setPool(moved.name())
                    .setFloor(moved.floor())
                    .setDecision(moved.decision())
                    .build());
        case Change.EndpointGone _, Change.PoolGone _, Change.Scaled _, Change.None _ -> {}
      }
    }
    if (verdicts.isEmpty() && positions.isEmpty()) {
      return;
    }
    long number = ++version;
    for (Link link : links.values()) {
      Verdicts.Builder message = Verdicts.newBuilder().setTerm(term).setVersion(number);
      verdicts.forEach((pool, of) -> {
        if (link.pools.contains(pool)) {
          message.addAllEndpoints(of.values());
        }
      });
      positions.forEach((pool, position) -> {
        if (link.pools.contains(pool)) {
          message.addPools(position);
        }
      });
      if (message.getEndpointsCount() + message.getPoolsCount() > 0) {
        link.channel.send(ControllerMessage.newBuilder().setVerdicts(message).build());
      }
    }
  }

  private static EndpointVerdict verdict(String pool, EndpointRecord record) {
    return EndpointVerdict.newBuilder()
        .setPool(pool)
        .setEndpoint(record.getEndpoint())
        .setVerdict(record.getVerdict())
        .setDecision(record.getDecision())
        .setReason(record.getReason())
        .build();
  }

  private void complete(Link link) {
    if (!begun) {
      return;
    }
    Verdicts.Builder message =
        Verdicts.newBuilder().setTerm(term).setVersion(++version).setComplete(true);
    for (String pool : link.pools) {
      PoolRecord record = records.of(pool).orElse(PoolRecord.getDefaultInstance());
      for (EndpointRecord endpoint : record.getEndpointsList()) {
        if (endpoint.getVerdict() == Verdict.VERDICT_UNHEALTHY
            || endpoint.getVerdict() == Verdict.VERDICT_ASYMMETRIC) {
          message.addEndpoints(verdict(pool, endpoint));
        }
      }
      if (record.getFloorDecision() > 0) {
        message.addPools(
            PoolPosition.newBuilder()
                .setPool(pool)
                .setFloor(record.getFloor())
                .setDecision(record.getFloorDecision()));
      }
    }
    link.channel.send(ControllerMessage.newBuilder().setVerdicts(message).build());
  }

  /** Agents that know of few others are told of those that came. */
  private void seedOthers() {
    if (!seeding) {
      seeding = true;
      later.accept(
          SEEDING,
          () -> {
            seeding = false;
            links.values().stream().filter(link -> link.seeds < SEEDS).forEach(this::seed);
          });
    }
  }

  /** For one who has no stream. */
  Gossip ring() {
    Gossip.Builder gossip = Gossip.newBuilder().addAllKeys(keys).setSigner(signer);
    ringed.stream().limit(SEEDS).forEach(link -> gossip.addMembers(member(link)));
    return gossip.build();
  }

  /** Tells it of some others: as many as there are, up to {@link #SEEDS}. */
  private void seed(Link link) {
    int others = ringed.size() - 1;
    if (link.peer.gossip().isEmpty() || link.seeds == Math.min(SEEDS, others)) {
      return;
    }
    link.seeds = Math.min(SEEDS, others);
    Gossip.Builder gossip = Gossip.newBuilder().addAllKeys(keys).setSigner(signer);
    // Each begins at a place of its own, so that together they know of all.
    int place = Math.floorMod(link.peer.name().hashCode() * SPREAD, ringed.size());
    for (int i = 0; gossip.getMembersCount() < link.seeds; i++) {
      Link other = ringed.get((place + i) % ringed.size());
      if (other != link) {
        gossip.addMembers(member(other));
      }
    }
    link.channel.send(ControllerMessage.newBuilder().setGossip(gossip).build());
  }

  private static Gossip.Member.Builder member(Link link) {
    return Gossip.Member.newBuilder().setAgent(link.peer.name()).setAddress(link.peer.gossip());
  }
}
