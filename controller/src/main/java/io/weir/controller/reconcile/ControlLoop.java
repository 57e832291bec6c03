package io.weir.controller.reconcile;

import io.weir.controller.discovery.Resolver;
import io.weir.controller.health.Settings;
import io.weir.controller.provision.Recommendations;
import io.weir.controller.snapshot.SnapshotSigner;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Leadership;
import io.weir.controller.store.Leadership.Leader;
import io.weir.controller.store.SigningKeys;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.v1.AgentMessage;
import io.weir.v1.Hello;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread on which everything is decided, and the ways in. All public methods are safe from any
 * thread and return at once, but for the questions, which wait for their turn.
 */
public final class ControlLoop implements Leadership.Listener, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ControlLoop.class);
  private static final String STOPPING = "the controller is stopping";

  private final Turns turns;
  private final ExecutorService io;
  private final Plane plane;
  private final Questions questions;
  private final Peers peers;
  private final StoreFollower follower;

  /**
   * On a thread of its own. Blocks.
   *
   * @throws StoreException when the store fails
   */
  public ControlLoop(
      Store store,
      Journal journal,
      Identity identity,
      Leadership leadership,
      InstantSource clock,
      Resolver resolver,
      Hooks hooks,
      RandomGenerator random) {
    this(
        store,
        journal,
        identity,
        leadership,
        signer(store),
        clock,
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("control-loop").daemon().factory()),
        Executors.newVirtualThreadPerTaskExecutor(),
        System::nanoTime,
        Settings.DEFAULT,
        resolver,
        hooks,
        random);
  }

  private static SnapshotSigner signer(Store store) {
    try {
      return SnapshotSigner.of(SigningKeys.of(store, SnapshotSigner::generate));
    } catch (GeneralSecurityException e) {
      throw new StoreException("the store's key pair for snapshots is none; restore the store", e);
    }
  }

  /**
   * Both executors are closed with the loop.
   *
   * @param leadership asked and told, but neither started nor closed here
   * @param signer for the loop's thread alone
   * @param thread one thread
   * @param io for calls that block
   * @param nanos monotonic time
   * @param settings the numbers of the rules
   * @param resolver finds endpoints while this controller leads
   * @param hooks bring them
   * @param random for the loop's thread alone
   */
  public ControlLoop(
      Store store,
      Journal journal,
      Identity identity,
      Leadership leadership,
      SnapshotSigner signer,
      InstantSource clock,
      ScheduledExecutorService thread,
      ExecutorService io,
      LongSupplier nanos,
      Settings settings,
      Resolver resolver,
      Hooks hooks,
      RandomGenerator random) {
    this.turns = new Turns(thread);
    this.io = io;
    this.plane =
        new Plane(
            turns,
            store,
            journal,
            identity,
            leadership,
            signer,
            clock,
            this::background,
            nanos,
            settings,
            resolver,
            hooks,
            random);
    this.questions = plane.questions();
    this.peers = plane.peers();
    this.follower =
        new StoreFollower(
            store,
            journal,
            this::background,
            turns::later,
            new StoreFollower.Listener() {
              @Override
              public void listed(Image listed) {
                turns.post(() -> plane.listed(listed));
              }

              @Override
              public void changed(long revision, List<Store.Write> writes) {
                turns.post(() -> plane.changed(new Image.Transaction(revision, writes)));
              }
            });
  }

  public void start() {
    follower.start();
  }

  /**
   * Completes when the configuration has been read for the first time, it is known who leads, and
   * where this controller does, what was decided before.
   */
  public CompletableFuture<Void> loaded() {
    return plane.loaded().copy();
  }

  @Override
  public void leads(long term) {
    turns.post(() -> plane.leads(term));
  }

  @Override
  public void follows(Optional<Leader> leader) {
    turns.post(() -> plane.follows(leader));
  }

  @Override
  public void cutOff(boolean now) {
    turns.post(() -> plane.cutOff(now));
  }

  /** The ways to other controllers. */
  public Peers peers() {
    return peers;
  }

  /**
   * An agent has seen revision {@code agents}, and the store itself has only come to {@code store}.
   */
  public record WentBack(long agents, long store) {}

  /**
   * Completes when the store's data turns out to have been put back under the same epoch: what
   * agents run cannot be told from it any more, and those that are ahead are sent nothing. On the
   * loop's thread.
   */
  public CompletableFuture<WentBack> storeWentBack() {
    return plane.storeWentBack().copy();
  }

  /**
   * Completes, on the loop's thread, once revision {@code revision} of the store has been seen and
   * every connected agent runs what it then should.
   */
  public CompletableFuture<Void> settled(long revision) {
    CompletableFuture<Void> reached = new CompletableFuture<>();
    turns.post(() -> {
      var _ = plane.fleet().settled(revision).thenRun(() -> reached.complete(null));
    });
    return reached;
  }

  /** How often configuration was turned into bytes so far. */
  public Serializations serializations() {
    return plane.serializations();
  }

  /** The first message of a stream. Answered over {@code channel}. */
  public void hello(Hello hello, String peer, AgentChannel channel) {
    turns.post(() -> plane.fleet().hello(hello, peer, channel));
  }

  /** Any later message; {@code done} is called once it was dealt with. */
  public void receive(AgentChannel channel, AgentMessage message, Runnable done) {
    turns.post(() -> {
      plane.fleet().receive(channel, message);
      done.run();
    });
  }

  public void disconnected(AgentChannel channel) {
    turns.post(() -> plane.fleet().disconnected(channel));
  }

  /** What others ask of what is known here. */
  public Questions questions() {
    return questions;
  }

  /** What scalers recommend, for those who ask instead of being called. */
  public Recommendations recommendations() {
    return plane.recommendations();
  }

  /** For calls that block, of which nothing comes once this is closed. */
  private void background(Runnable call) {
    try {
      io.execute(call);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("stopping; not using the store any more");
    }
  }

  @Override
  public void close() {
    follower.close();
    turns.ask(() -> {
      plane.stop(STOPPING);
      return true;
    });
    turns.close();
    io.close();
  }
}
