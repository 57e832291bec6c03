package io.weir.controller.reconcile;

import io.weir.controller.discovery.Resolver;
import io.weir.controller.health.ObservationBoard;
import io.weir.controller.health.Settings;
import io.weir.controller.model.Config;
import io.weir.controller.model.Kind;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.provision.Recommendations;
import io.weir.controller.rollout.Member;
import io.weir.controller.snapshot.SnapshotSigner;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Leadership;
import io.weir.controller.store.Leadership.Leader;
import io.weir.controller.store.Members;
import io.weir.controller.store.SigningKeys;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.v1.AgentMessage;
import io.weir.v1.FollowerHello;
import io.weir.v1.FollowerMessage;
import io.weir.v1.Hello;
import io.weir.v1.InstanceState;
import io.weir.v1.LeaderMessage;
import io.weir.v1.Pool;
import io.weir.v1.PoolStatus;
import io.weir.v1.Resource;
import io.weir.v1.ScalerRecord;
import io.weir.v1.ScalerStatus;
import io.weir.v1.StagedChange;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread on which everything is decided, and the ways in. All public methods are safe from any
 * thread and return at once, but for the questions, which wait for their turn.
 */
public final class ControlLoop implements Leadership.Listener, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ControlLoop.class);
  private static final String LEADS_NO_MORE = "this controller does not lead any more";
  private static final String STOPPING = "the controller is stopping";
  private static final Duration WINDOW = Duration.ofMillis(15);
  private static final Duration MOST = Duration.ofMillis(500);

  private final Turns turns;
  private final Questions questions;
  private final ExecutorService io;
  private final LongSupplier nanos;
  private final Leadership leadership;
  private final CompletableFuture<Void> loaded = new CompletableFuture<>();
  private final CompletableFuture<WentBack> storeWentBack = new CompletableFuture<>();
  private final ObservationBoard board = new ObservationBoard();
  private final Watchers watchers = new Watchers();
  private final Serializations serializations = new Serializations();
  private final DecisionHistory history = new DecisionHistory();
  private final RolloutWatchers rollouts = new RolloutWatchers(this::known);
  private final Seat seat;
  private final StoreFollower follower;
  private final Fleet fleet;
  private final Followers followers;
  private final Awaiters awaiters;
  private final Discovering discovering;
  private final Recommended recommended = new Recommended();
  private @Nullable Image image;

  // Of the store since the image was made.
  private final List<Image.Transaction> changes = new ArrayList<>();
  private final Gathering gathering = new Gathering(WINDOW.toNanos(), MOST.toNanos());

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
    this.leadership = leadership;
    this.nanos = nanos;
    this.follower =
        new StoreFollower(
            store,
            journal,
            this::background,
            turns::later,
            new StoreFollower.Listener() {
              @Override
              public void listed(Image listed) {
                turns.post(() -> ControlLoop.this.listed(listed));
              }

              @Override
              public void changed(long revision, List<Store.Write> writes) {
                turns.post(() -> ControlLoop.this.changed(new Image.Transaction(revision, writes)));
              }
            });
    Judging judging = new Judging();
    this.seat =
        new Seat(
            leadership,
            term ->
                new Conclusions(
                    term,
                    clock,
                    nanos,
                    settings,
                    new DecisionLog(store),
                    new RolloutLog(store, journal, clock),
                    signer.publicKey(),
                    history,
                    hooks,
                    random,
                    this::background,
                    judging),
            this::seated);
    this.fleet =
        new Fleet(
            identity,
            clock,
            board,
            seat,
            new PastConfigs(journal, this::background, turns::post),
            new Registrar(store, this::background),
            new News(),
            signer,
            serializations);
    this.followers = new Followers(fleet);
    this.awaiters = new Awaiters(fleet.agents()::standings, turns::later);
    this.discovering =
        new Discovering(
            store, resolver, nanos, clock, random, this::background, seat::conclusions, judging);
    this.questions =
        new Questions(
            turns,
            new Known(),
            new Questions.Parts(
                fleet.agents(), seat, watchers, awaiters, history, rollouts, discovering));
  }

  public void start() {
    follower.start();
  }

  /**
   * Completes when the configuration has been read for the first time, it is known who leads, and
   * where this controller does, what was decided before.
   */
  public CompletableFuture<Void> loaded() {
    return loaded.copy();
  }

  @Override
  public void leads(long term) {
    turns.post(() -> {
      seat.leads(term);
      completeLoading();
    });
  }

  @Override
  public void follows(Optional<Leader> leader) {
    turns.post(() -> {
      seat.follows(leader);
      followers.dismiss(LEADS_NO_MORE);
      completeLoading();
    });
  }

  @Override
  public void cutOff(boolean now) {
    turns.post(() -> {
      if (now) {
        log.atWarn().log("the store cannot be reached; agents are sent to another controller");
        fleet.close("this controller cannot reach its store; others may");
      } else {
        fleet.open();
      }
    });
  }

  /** Another controller that leads, if one does. */
  public Optional<Leader> leader() {
    return turns.ask(seat::leader);
  }

  /** The leader's stream takes what agents say from now on. {@code over} runs when it is not it. */
  public void linked(LeaderChannel channel, long term, Runnable over) {
    turns.post(() -> {
      if (seat.linked(channel, term)) {
        seat.standing(revision());
      } else {
        over.run();
      }
    });
  }

  /** What the leader says to an agent, or of one; {@code done} is called once it was dealt with. */
  public void receive(LeaderChannel channel, LeaderMessage message, Runnable done) {
    turns.post(() -> {
      if (seat.isLinked(channel)) {
        switch (message.getMessageCase()) {
          case TO -> fleet.tell(message.getTo());
          case DISMISSAL -> fleet.dismiss(message.getDismissal());
          case WELCOME, MESSAGE_NOT_SET -> {}
        }
      }
      done.run();
    });
  }

  public void unlinked(LeaderChannel channel) {
    turns.post(() -> seat.unlinked(channel));
  }

  /**
   * A controller follows.
   *
   * @param answer the term in which this one leads; empty: it does not. On the loop's thread
   */
  public void opened(
      FollowerChannel channel, FollowerHello hello, Consumer<Optional<Long>> answer) {
    turns.post(() -> {
      boolean leading = seat.conclusions().isPresent();
      answer.accept(leading ? Optional.of(seat.term()) : Optional.empty());
      if (leading) {
        followers.opened(hello, channel);
      }
    });
  }

  /** Any later message of a follower; {@code done} is told whether it keeps the contract. */
  public void receive(FollowerChannel channel, FollowerMessage message, Consumer<Boolean> done) {
    turns.post(() -> done.accept(followers.receive(channel, message)));
  }

  public void closed(FollowerChannel channel) {
    turns.post(() -> {
      if (followers.closed(channel)) {
        seat.conclusions().ifPresent(Conclusions::lostSight);
      }
    });
  }

  /**
   * As this controller knows the cluster; who is there is for the store to say.
   *
   * @param revision of the store, as far as it was seen here
   * @param followers by id; empty unless this controller leads
   */
  public record Standings(
      long revision, long term, boolean leading, int agents, Map<String, Standing> followers) {
    public Standings {
      followers = Map.copyOf(followers);
    }
  }

  /** One follower: how many agents it has, and how far it has seen the store. */
  public record Standing(int agents, long revision) {}

  public Standings standings() {
    return turns.ask(() ->
        new Standings(
            revision(),
            seat.term(),
            seat.conclusions().isPresent(),
            fleet.agents().connections(),
            followers.standings()));
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
    return storeWentBack.copy();
  }

  /**
   * Completes, on the loop's thread, once revision {@code revision} of the store has been seen and
   * every connected agent runs what it then should.
   */
  public CompletableFuture<Void> settled(long revision) {
    CompletableFuture<Void> reached = new CompletableFuture<>();
    turns.post(() -> {
      var _ = fleet.settled(revision).thenRun(() -> reached.complete(null));
    });
    return reached;
  }

  /** How often configuration was turned into bytes so far. */
  public Serializations serializations() {
    return serializations;
  }

  /** The first message of a stream. Answered over {@code channel}. */
  public void hello(Hello hello, String peer, AgentChannel channel) {
    turns.post(() -> fleet.hello(hello, peer, channel));
  }

  /** Any later message; {@code done} is called once it was dealt with. */
  public void receive(AgentChannel channel, AgentMessage message, Runnable done) {
    turns.post(() -> {
      fleet.receive(channel, message);
      done.run();
    });
  }

  public void disconnected(AgentChannel channel) {
    turns.post(() -> fleet.disconnected(channel));
  }

  /** What others ask of what is known here. */
  public Questions questions() {
    return questions;
  }

  private Optional<StagedChange> known(long rollout) {
    return Optional.ofNullable(image)
        .flatMap(now -> now.staging().get(rollout))
        .map(staged ->
            seat.conclusions()
                .flatMap(judge -> judge.progress(rollout))
                .map(progress -> staged.shown().toBuilder().setProgress(progress).build())
                .orElseGet(staged::shown));
  }

  private void changed(Image.Transaction transaction) {
    if (Members.concerns(transaction.writes())) {
      leadership.look();
    }
    if (image == null) {
      return;
    }
    changes.add(transaction);
    letOutIn(gathering.changed(nanos.getAsLong(), fleet.isOwing()));
  }

  private void letOutIn(long wait) {
    if (wait == 0) {
      letOut();
    } else if (wait > 0) {
      turns.later(
          Duration.ofNanos(wait),
          () -> letOutIn(gathering.look(nanos.getAsLong(), fleet.isOwing())));
    }
  }

  private void letOut() {
    gathering.out(nanos.getAsLong());
    if (image == null || changes.isEmpty()) {
      return;
    }
    Image.Step step = image.after(changes);
    changes.clear();
    update(step.image());
    for (Image.Change change : step.changes()) {
      watchers.publish(
          change.key(),
          change.before(),
          change.after() == null ? null : describe(change.after()),
          change.revision(),
          true);
    }
  }

  /** All of it anew. */
  private void listed(Image listed) {
    Config before = image == null ? Config.EMPTY : image.config();
    changes.clear();
    update(listed);
    if (!watchers.none()) {
      publish(before, listed);
    }
  }

  private void update(Image next) {
    boolean first = image == null;
    image = next;
    fleet.update(next);
    awaiters.changed();
    discovering.update(next);
    seat.update(next);
    recommended.update(next, seat.conclusions().isPresent());
    rollouts.changed();
    seat.standing(next.revision());
    if (first) {
      log.atDebug()
          .addKeyValue("revision", next.revision())
          .addKeyValue("resources", next.config().resources().size())
          .addKeyValue("agents", next.agents().size())
          .log("configuration loaded");
      completeLoading();
    }
  }

  private void publish(Config before, Image next) {
    SortedSet<ResourceKey> keys = new TreeSet<>(before.resources().keySet());
    keys.addAll(next.config().resources().keySet());
    for (ResourceKey key : keys) {
      Resource was = before.resources().get(key);
      Resource is = next.config().resources().get(key);
      if (is == null || !is.equals(was)) {
        watchers.publish(key, was, is == null ? null : describe(is), next.revision(), true);
      }
    }
  }

  private void seated() {
    discovering.stop();
    fleet.seated();
    if (image != null) {
      published(image.config().names(Kind.POOL).toList());
    }
  }

  private void superseded(long term) {
    seat.superseded(term);
    if (seat.conclusions().isEmpty()) {
      followers.dismiss(LEADS_NO_MORE);
    }
  }

  private void completeLoading() {
    if (image != null && seat.isSettled()) {
      loaded.complete(null);
    }
  }

  private long revision() {
    return image == null ? 0 : image.revision();
  }

  private Resource describe(Resource resource) {
    if (resource.hasScaler()) {
      return scaler(resource);
    }
    if (!resource.hasPool()) {
      return resource;
    }
    String name = resource.getMetadata().getName();
    PoolStatus.Builder status = board.status(name).toBuilder();
    seat.conclusions().ifPresent(judge -> judge.describe(name, status));
    discovering.describe(resource, status);
    Pool.Builder pool = resource.getPool().toBuilder().setStatus(status);
    return resource.toBuilder().setPool(pool).build();
  }

  private Resource scaler(Resource resource) {
    ScalerStatus.Builder status = ScalerStatus.newBuilder();
    String name = resource.getMetadata().getName();
    if (image != null) {
      ScalerRecord record = recommended.record(name, image);
      int serving =
          (int)
              record.getInstancesList().stream()
                  .filter(one -> one.getState() == InstanceState.INSTANCE_STATE_SERVING)
                  .count();
      Scalers.describe(serving, record, status);
    }
    seat.conclusions().ifPresent(judge -> judge.describe(resource, status));
    return resource.toBuilder()
        .setScaler(resource.getScaler().toBuilder().setStatus(status))
        .build();
  }

  /** What scalers recommend, for those who ask instead of being called. */
  public Recommendations recommendations() {
    return recommended;
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
      discovering.stop();
      seat.stop();
      followers.dismiss(STOPPING);
      fleet.close(STOPPING);
      awaiters.stop();
      watchers.stop();
      history.stop();
      rollouts.stop();
      return true;
    });
    turns.close();
    io.close();
  }

  private void published(Collection<String> pools) {
    published(Kind.POOL, pools);
  }

  private void published(Kind kind, Collection<String> names) {
    if (image == null || watchers.none()) {
      return;
    }
    for (String name : names) {
      ResourceKey key = new ResourceKey(kind, name);
      Resource one = image.config().resources().get(key);
      if (one != null) {
        watchers.publish(key, one, describe(one), image.revision(), false);
      }
    }
  }

  private final class Judging implements Leading {
    @Override
    public void post(Runnable task) {
      turns.post(task);
    }

    @Override
    public void later(Duration delay, Runnable task) {
      turns.later(delay, task);
    }

    @Override
    public void pools(Collection<String> names) {
      published(names);
    }

    @Override
    public void agents(Collection<String> names) {
      fleet.restate(names);
    }

    @Override
    public Collection<Member> members() {
      return fleet.agents().members();
    }

    @Override
    public Collection<Progress.Standing> standings() {
      return fleet.agents().standings();
    }

    @Override
    public void scalers(Collection<String> names) {
      published(Kind.SCALER, names);
    }

    @Override
    public void recommended(Recommendations.View view) {
      recommended.is(view);
    }

    @Override
    public String hindrance(long change) {
      return discovering.unfound(change);
    }

    @Override
    public void rollouts() {
      rollouts.changed();
    }

    @Override
    public boolean holds(long term) {
      return leadership.holds(term);
    }

    @Override
    public void superseded(long term) {
      ControlLoop.this.superseded(term);
    }

    @Override
    public void begun() {
      completeLoading();
      discovering.leads(seat.term());
    }
  }

  private final class Known implements Questions.Loop {
    @Override
    public @Nullable Image image() {
      return image;
    }

    @Override
    public long revision() {
      return ControlLoop.this.revision();
    }

    @Override
    public Resource describe(Resource resource) {
      return ControlLoop.this.describe(resource);
    }
  }

  private final class News implements FleetEvents {
    @Override
    public void agent() {
      awaiters.changed();
    }

    @Override
    public void agent(String name, @Nullable Resource before, @Nullable Resource after) {
      watchers.publish(ResourceKey.agent(name), before, after, revision(), false);
    }

    @Override
    public void pools(Collection<String> names) {
      published(names);
    }

    @Override
    public void soon(Runnable task) {
      turns.later(Duration.ofSeconds(1), task);
    }

    @Override
    public boolean areAgentsWatched() {
      return watchers.want(Kind.AGENT);
    }

    @Override
    public void storeWentBack(long agents, long store) {
      storeWentBack.complete(new WentBack(agents, store));
    }
  }
}
