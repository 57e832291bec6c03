package io.weir.e2e.sim.fleet;

import io.weir.controller.health.Settings;
import io.weir.controller.reconcile.ControlLoop;
import io.weir.controller.reconcile.Identity;
import io.weir.controller.snapshot.SnapshotSigner;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Leadership;
import io.weir.controller.store.Leadership.Member;
import io.weir.controller.store.SoleLeadership;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.controller.store.Terms;
import io.weir.e2e.sim.kernel.VirtualExecutor;
import io.weir.e2e.sim.kernel.VirtualTime;
import io.weir.v1.AgentMessage;
import io.weir.v1.Hello;
import io.weir.v1.SnapshotKey;
import io.weir.v1.Verdicts;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** One controller process: its own control loop, on a thread of the simulation. */
final class SimController extends SimProcess {
  private static final int HISTORY = 100;
  private static final SnapshotKey SIGNING = SnapshotSigner.generate();
  private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

  /** Where it runs, for the network; {@link #name} differs from process to process. */
  final String host;

  final long term;
  final Journal journal;
  private final Invariants invariants;
  private final Store store;
  private final VirtualExecutor io;
  private final ControlLoop loop;
  private final Set<Stream> streams = new LinkedHashSet<>();
  private long wallAhead;
  private boolean superseded;

  /**
   * @param latency of a call to the store, ns
   * @param ended told when it ends by itself, because another one has taken over
   * @throws StoreException as starting a controller does when the store is away
   */
  SimController(
      String host,
      int process,
      VirtualTime time,
      Store store,
      Settings settings,
      LongSupplier latency,
      Invariants invariants,
      Consumer<SimController> ended) {
    super(host + "#" + process, time);
    this.host = host;
    this.invariants = invariants;
    this.store = store;
    Oldest leadership = new Oldest(store, ended);
    this.term = leadership.term;
    this.journal = new Journal(store, HISTORY);
    this.io = new VirtualExecutor(time, latency);
    this.loop =
        new ControlLoop(
            store,
            journal,
            new Identity("sim", store.epoch(), new Member(name, host + ":1", "sim", EPOCH)),
            leadership,
            signer(),
            () -> EPOCH.plusNanos(time.now() + wallAhead),
            thread,
            io,
            time::now,
            settings);
    loop.start();
    leadership.start(loop);
  }

  private static SnapshotSigner signer() {
    try {
      return SnapshotSigner.of(SIGNING);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Its wall clock jumps. */
  void jump(long nanos) {
    wallAhead += nanos;
  }

  boolean isLoaded() {
    return loop.loaded().isDone();
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

  /** It tells an agent of what it just concluded. */
  void told(Verdicts verdicts) {
    if (!superseded) {
      invariants.told(verdicts);
    }
  }

  @Override
  void pause(long until) {
    super.pause(until);
    io.pause(until);
  }

  @Override
  void kill() {
    super.kill();
    io.crash();
    List.copyOf(streams).forEach(Stream::end);
    streams.clear();
  }

  /** It leads from its start until another one starts. */
  private final class Oldest implements Leadership {
    private final SoleLeadership sole;
    private final Consumer<SimController> ended;
    private final long term;

    Oldest(Store store, Consumer<SimController> ended) {
      this.sole = new SoleLeadership(store);
      this.ended = ended;
      this.term = Terms.of(store);
    }

    @Override
    public void start(Listener listener) {
      sole.start(listener);
    }

    @Override
    public boolean holds(long asked) {
      return sole.holds(asked);
    }

    @Override
    public void resign(long given) {
      superseded = true;
      thread.execute(() -> ended.accept(SimController.this));
    }

    @Override
    public void look() {
      io.execute(() -> {
        try {
          if (Terms.of(store) > term) {
            resign(term);
          }
        } catch (StoreException e) {
          // The store's fence holds meanwhile.
          return;
        }
      });
    }

    @Override
    public void close() {}
  }
}
