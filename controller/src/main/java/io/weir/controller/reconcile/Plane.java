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
import io.weir.controller.store.Store;
import io.weir.v1.Resource;
import io.weir.v1.StagedChange;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that decides, put together: each part is told by this of what concerns it and happened to
 * another. Confined to the loop's thread.
 */
final class Plane {
  private static final Logger log = LoggerFactory.getLogger(Plane.class);
  private static final String LEADS_NO_MORE = "this controller does not lead any more";

  private final Turns turns;
  private final Leadership leadership;
  private final CompletableFuture<Void> loaded = new CompletableFuture<>();
  private final CompletableFuture<ControlLoop.WentBack> storeWentBack = new CompletableFuture<>();
  private final ObservationBoard board = new ObservationBoard();
  private final Watchers watchers = new Watchers();
  private final Serializations serializations = new Serializations();
  private final DecisionHistory history = new DecisionHistory();
  private final RolloutWatchers rollouts = new RolloutWatchers(this::known);
  private final Recommended recommended = new Recommended();
  private final Seat seat;
  private final Fleet fleet;
  private final Followers followers;
  private final Awaiters awaiters;
  private final Discovering discovering;
  private final ResourceNews resources;
  private final Intake intake;
  private @Nullable Image image;

  /**
   * @param signer for the loop's thread alone, as {@code random}
   * @param io for calls that block
   * @param nanos monotonic time
   */
  Plane(
      Turns turns,
      Store store,
      Journal journal,
      Identity identity,
      Leadership leadership,
      SnapshotSigner signer,
      InstantSource clock,
      Executor io,
      LongSupplier nanos,
      Settings settings,
      Resolver resolver,
      Hooks hooks,
      RandomGenerator random) {
    this.turns = turns;
    this.leadership = leadership;
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
                    io,
                    judging),
            this::seated);
    this.fleet =
        new Fleet(
            identity,
            clock,
            board,
            seat,
            new PastConfigs(journal, io, turns::post),
            new Registrar(store, io),
            new News(),
            signer,
            serializations);
    this.followers = new Followers(fleet);
    this.awaiters = new Awaiters(fleet.agents()::standings, turns::later);
    this.discovering =
        new Discovering(store, resolver, nanos, clock, random, io, seat::conclusions, judging);
    this.resources = new ResourceNews(board, seat, discovering, recommended, watchers);
    this.intake = new Intake(nanos, fleet::isOwing, turns::later, this::changed);
  }

  Fleet fleet() {
    return fleet;
  }

  Peers peers() {
    return new Peers(turns, seat, fleet, followers, resources::revision);
  }

  Questions questions() {
    return new Questions(
        turns,
        resources,
        new Questions.Parts(
            fleet.agents(), seat, watchers, awaiters, history, rollouts, discovering));
  }

  Recommendations recommendations() {
    return recommended;
  }

  Serializations serializations() {
    return serializations;
  }

  /** Completes once the configuration was read, and it is known who leads and from what on. */
  CompletableFuture<Void> loaded() {
    return loaded;
  }

  CompletableFuture<ControlLoop.WentBack> storeWentBack() {
    return storeWentBack;
  }

  void leads(long term) {
    seat.leads(term);
    completeLoading();
  }

  void follows(Optional<Leader> leader) {
    seat.follows(leader);
    followers.dismiss(LEADS_NO_MORE);
    completeLoading();
  }

  /** Whether the store can be reached. */
  void cutOff(boolean now) {
    if (now) {
      log.atWarn().log("the store cannot be reached; agents are sent to another controller");
      fleet.close("this controller cannot reach its store; others may");
    } else {
      fleet.open();
    }
  }

  /** The store has changed. */
  void changed(Image.Transaction transaction) {
    if (Members.concerns(transaction.writes())) {
      leadership.look();
    }
    intake.changed(transaction);
  }

  private void changed(Image.Step step) {
    update(step.image());
    resources.changed(step.changes());
  }

  /** The store, all of it anew. */
  void listed(Image listed) {
    Config before = image == null ? Config.EMPTY : image.config();
    intake.listed(listed);
    update(listed);
    resources.relisted(before);
  }

  private void update(Image next) {
    boolean first = image == null;
    image = next;
    resources.update(next);
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

  private void seated() {
    discovering.stop();
    fleet.seated();
    resources.judged();
  }

  private void completeLoading() {
    if (image != null && seat.isSettled()) {
      loaded.complete(null);
    }
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

  /** Whoever waits for something is told that it comes no more. */
  void stop(String sentence) {
    discovering.stop();
    seat.stop();
    followers.dismiss(sentence);
    fleet.close(sentence);
    awaiters.stop();
    watchers.stop();
    history.stop();
    rollouts.stop();
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
      resources.stands(Kind.POOL, names);
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
      resources.stands(Kind.SCALER, names);
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
      seat.superseded(term);
      if (seat.conclusions().isEmpty()) {
        followers.dismiss(LEADS_NO_MORE);
      }
    }

    @Override
    public void begun() {
      completeLoading();
      discovering.leads(seat.term());
    }
  }

  private final class News implements FleetEvents {
    @Override
    public void agent() {
      awaiters.changed();
    }

    @Override
    public void agent(String name, @Nullable Resource before, @Nullable Resource after) {
      watchers.publish(ResourceKey.agent(name), before, after, resources.revision(), false);
    }

    @Override
    public void pools(Collection<String> names) {
      resources.stands(Kind.POOL, names);
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
      storeWentBack.complete(new ControlLoop.WentBack(agents, store));
    }
  }
}
