package io.weir.e2e.sim.fleet;

import io.weir.controller.reconcile.ControlLoop;
import io.weir.controller.reconcile.FollowerChannel;
import io.weir.controller.reconcile.Identity;
import io.weir.controller.reconcile.LeaderChannel;
import io.weir.controller.snapshot.SnapshotSigner;
import io.weir.controller.store.Election;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Leadership;
import io.weir.controller.store.Leadership.Leader;
import io.weir.controller.store.Leadership.Member;
import io.weir.controller.store.StoreException;
import io.weir.e2e.sim.kernel.VirtualExecutor;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;
import io.weir.v1.FollowerHello;
import io.weir.v1.FollowerMessage;
import io.weir.v1.Hello;
import io.weir.v1.LeaderMessage;
import io.weir.v1.SnapshotKey;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** One controller process: its own control loop, on a thread of the simulation. */
final class SimController extends SimProcess {
  /** What the network knows the store as. */
  static final String STORE = "store";

  private static final int HISTORY = 100;
  private static final Duration TTL = Duration.ofSeconds(4);
  private static final SnapshotKey SIGNING = SnapshotSigner.generate();
  static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

  /** Where it runs, for the network; {@link #name} differs from process to process. */
  final String host;

  final Journal journal;
  private final World world;
  private final VirtualExecutor io;
  private final VirtualExecutor electing;
  private final Leadership leadership;
  private final ControlLoop loop;
  private final SimLink link;
  private final Set<Stream> streams = new LinkedHashSet<>();
  private final Set<Pipe> followers = new LinkedHashSet<>();
  private long wallAhead;
  private long term;
  private boolean superseded;

  /**
   * @throws StoreException as starting a controller does when the store is away
   */
  SimController(World world, String host, int process) {
    super(host + "#" + process, world.time);
    this.world = world;
    this.host = host;
    StoreWay store =
        new StoreWay(world.store, time, () -> world.network.isCut(host, STORE), world.mutation);
    Member self = new Member(name, host + ":1", "sim", EPOCH);
    LongSupplier latency = () -> World.SECOND / 1_000 + world.random.nextInt(4_000_000);
    this.electing = new VirtualExecutor(time, latency);
    this.leadership =
        switch (world.cluster) {
          case ONE -> new Oldest(this, store);
          case SEVERAL -> {
            store.list("");
            yield new Election(
                store, store, self, TTL, electing, clock(), new Random(world.random.nextLong()));
          }
        };
    this.journal = new Journal(store, HISTORY);
    this.io = new VirtualExecutor(time, latency);
    this.loop =
        new ControlLoop(
            store,
            journal,
            new Identity("sim", store.epoch(), self),
            leadership,
            signer(),
            () -> EPOCH.plusNanos(time.now() + wallAhead),
            thread,
            io,
            time::now,
            world.settings,
            world.dns,
            (_, _) -> world.scaled.cloud.open(),
            new SplittableRandom(0));
    this.link = new SimLink(world, this);
    loop.start();
    leadership.start(new Listening());
  }

  private LongSupplier clock() {
    return world.mutation == Mutation.SLOW_CLOCK ? () -> time.now() / 3 : time::now;
  }

  private static SnapshotSigner signer() {
    try {
      return SnapshotSigner.of(SIGNING);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The newest that it has led in; 0: it has not. */
  long term() {
    return term;
  }

  /** By its own clock. */
  boolean leads() {
    return !isDead() && !superseded && leadership.holds(term);
  }

  /** Another one has taken over, as one at a time does. */
  void superseded() {
    superseded = true;
    thread.execute(() -> world.superseded(this));
  }

  /** Whoever judges by what agents say here. */
  Optional<SimController> judge() {
    return leads() ? Optional.of(this) : link.linked();
  }

  boolean isCutOffFromStore() {
    return world.network.isCut(host, STORE);
  }

  /** Its wall clock jumps. */
  void jump(long nanos) {
    wallAhead += nanos;
  }

  boolean isLoaded() {
    return loop.loaded().isDone();
  }

  /** What an operator asks for, which waits for the store. */
  void ask(Runnable call) {
    if (!isDead()) {
      io.execute(call);
    }
  }

  void hello(Stream stream, Hello hello, String peer) {
    if (!isDead()) {
      streams.add(stream);
      loop.hello(hello, peer, stream);
    }
  }

  void receive(Stream stream, AgentMessage message) {
    if (!isDead()) {
      loop.receive(stream, message, () -> {});
    }
  }

  void disconnected(Stream stream) {
    if (!isDead() && streams.remove(stream)) {
      loop.disconnected(stream);
    }
  }

  /** Of a follower's link, which ends with this process. */
  void followedBy(Pipe pipe) {
    followers.add(pipe);
  }

  void opened(FollowerChannel tail, FollowerHello hello, Consumer<Optional<Long>> answer) {
    if (!isDead()) {
      loop.peers().opened(tail, hello, answer);
    }
  }

  void receive(FollowerChannel tail, FollowerMessage message, Consumer<Boolean> done) {
    if (!isDead()) {
      loop.peers().receive(tail, message, done);
    }
  }

  void followedNoMore(FollowerChannel tail, Pipe pipe) {
    if (!isDead() && followers.remove(pipe)) {
      loop.peers().closed(tail);
    }
  }

  void linked(LeaderChannel channel, long itsTerm, Runnable over) {
    if (!isDead()) {
      loop.peers().linked(channel, itsTerm, over);
    }
  }

  void receive(LeaderChannel channel, LeaderMessage message) {
    if (!isDead()) {
      loop.peers().receive(channel, message, () -> {});
    }
  }

  void unlinked(LeaderChannel channel) {
    if (!isDead()) {
      loop.peers().unlinked(channel);
    }
  }

  /** It tells an agent something, be it by way of a follower. */
  void told(ControllerMessage message) {
    if (message.hasVerdicts() && !message.getVerdicts().getComplete() && leads()) {
      world.invariants.told(this, message.getVerdicts());
    }
  }

  @Override
  void pause(long until) {
    super.pause(until);
    pauseCalls(until);
    electing.pause(until);
  }

  /** What it has to ask the store gets there later. */
  void pauseCalls(long until) {
    io.pause(until);
  }

  @Override
  void kill() {
    super.kill();
    io.crash();
    electing.crash();
    link.end();
    List.copyOf(followers).forEach(Pipe::end);
    List.copyOf(streams).forEach(Stream::end);
    streams.clear();
  }

  /** As of a real controller: the loop and the link both go by who leads. */
  private final class Listening implements Leadership.Listener {
    @Override
    public void leads(long won) {
      term = won;
      world.disturb("%s leads in term %d".formatted(name, won));
      link.follow(Optional.empty());
      loop.leads(won);
    }

    @Override
    public void follows(Optional<Leader> leader) {
      world.disturb("%s turns to %s".formatted(name, leader.map(one -> one.member().id())));
      loop.follows(leader);
      link.follow(leader);
    }

    @Override
    public void cutOff(boolean now) {
      loop.cutOff(now);
    }
  }
}
