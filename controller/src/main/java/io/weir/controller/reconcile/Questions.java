package io.weir.controller.reconcile;

import io.weir.controller.model.Kind;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.rollout.Member;
import io.weir.v1.Decision;
import io.weir.v1.ExplainResponse;
import io.weir.v1.Gossip;
import io.weir.v1.PoolAvailability;
import io.weir.v1.RegisterRequest;
import io.weir.v1.RegisterResponse;
import io.weir.v1.Resource;
import io.weir.v1.RolloutProgress;
import io.weir.v1.WatchEvent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What others ask of what the loop knows: answers as of one moment, and streams of what changes.
 * Safe from any thread; questions wait for their turn, 10 s at most.
 */
public final class Questions {
  /** Of whom is asked. */
  record Parts(
      Agents agents,
      Seat seat,
      Watchers watchers,
      Awaiters awaiters,
      DecisionHistory history,
      RolloutWatchers rollouts,
      Discovering discovering) {}

  /** What the loop itself knows, on its thread. */
  interface Loop {
    /** Null before it was first read. */
    @Nullable Image image();

    /** Of the store, as far as it was seen. */
    long revision();

    /** With what is known of it now. */
    Resource describe(Resource resource);
  }

  private final Turns turns;
  private final Loop loop;
  private final Parts parts;

  Questions(Turns turns, Loop loop, Parts parts) {
    this.turns = turns;
    this.loop = loop;
    this.parts = parts;
  }

  /** {@code revision} is that of the store when it was so. */
  public record Listed(long revision, List<Resource> resources) {
    public Listed {
      resources = List.copyOf(resources);
    }
  }

  /** By name, with their status. */
  public Listed agents() {
    return turns.ask(() -> new Listed(loop.revision(), List.copyOf(parts.agents().resources())));
  }

  public Optional<Resource> agent(String name) {
    return turns.ask(() -> parts.agents().resource(name));
  }

  public boolean isConnected(String agent) {
    return turns.ask(() -> parts.agents().isConnected(agent));
  }

  /** Each with what is known of it now. */
  public List<Resource> withStatus(List<Resource> resources) {
    return resources.stream().anyMatch(one -> one.hasPool() || one.hasScaler())
        ? turns.ask(() -> resources.stream().map(loop::describe).toList())
        : resources;
  }

  /**
   * Calls {@code sink} with what there is, then with every change.
   *
   * @return ends the watch
   */
  public Runnable watch(Watchers.Filter filter, Watchers.Sink sink) {
    Watchers.Watcher watcher = new Watchers.Watcher(filter, sink);
    turns.post(() -> {
      sink.begin(existing(filter));
      parts.watchers().add(watcher);
    });
    return () -> turns.post(() -> parts.watchers().remove(watcher));
  }

  /**
   * Calls {@code sink} with how far {@code revision} has come, at once and with every change, until
   * {@code percent} of the connected agents are current.
   *
   * @return ends it
   */
  public Runnable await(long revision, int percent, Awaiters.Sink sink) {
    Awaiters.Awaiter awaiter = new Awaiters.Awaiter(revision, percent, sink);
    turns.post(() -> parts.awaiters().add(awaiter));
    return () -> turns.post(() -> parts.awaiters().remove(awaiter));
  }

  /** Why traffic of {@code pool}, or of one endpoint of it, is where it is. */
  public Optional<ExplainResponse> explain(Resource pool, String endpoint) {
    return turns.ask(() ->
        parts
            .seat()
            .conclusions()
            .map(judge ->
                judge
                    .findings()
                    .explain(parts.discovering().offered(loop.describe(pool)), endpoint)
                    .toBuilder()
                    .setPool(loop.describe(pool))
                    .build()));
  }

  /** Why {@code scaler}'s pool has as many endpoints as it has; empty unless it leads. */
  public Optional<ExplainResponse> explain(Resource scaler) {
    return turns.ask(() ->
        parts.seat().conclusions().map(judge -> judge.findings().explain(loop.describe(scaler))));
  }

  /**
   * Completes once it is in the store.
   *
   * @return empty: this controller does not lead, or does not know the scaler yet
   */
  public Optional<CompletableFuture<RegisterResponse>> register(RegisterRequest request) {
    return turns.ask(() -> parts.seat().conclusions().flatMap(judge -> judge.register(request)));
  }

  /** What it takes to be part of the ring of agents, with some of them; empty unless it leads. */
  public Optional<Gossip> ring() {
    return turns.ask(() -> parts.seat().conclusions().flatMap(Conclusions::ring));
  }

  /** The newest decisions in effect, oldest of them first. */
  public List<Decision> decisions(DecisionHistory.Filter filter, int limit) {
    return turns.ask(() -> parts.history().newest(filter, limit).reversed());
  }

  /**
   * Calls {@code sink} with the newest decisions, oldest of them first, then with every further
   * one.
   *
   * @return ends it
   */
  public Runnable follow(DecisionHistory.Filter filter, int limit, DecisionHistory.Sink sink) {
    DecisionHistory.Follower follower = new DecisionHistory.Follower(filter, sink);
    turns.post(() -> parts.history().follow(follower, limit));
    return () -> turns.post(() -> parts.history().unfollow(follower));
  }

  /** How far a staged change is, as far as this controller knows. */
  public Optional<RolloutProgress> progress(long rollout) {
    return turns.ask(() -> parts.seat().conclusions().flatMap(judge -> judge.progress(rollout)));
  }

  /** Names of connected agents, as far as this controller knows. */
  public List<String> connected() {
    return turns.ask(() ->
        parts.agents().members().stream().filter(Member::connected).map(Member::name).toList());
  }

  /**
   * Calls {@code sink} with the staged change, once it is known here, then whenever it has changed,
   * until it is over.
   *
   * @return ends it
   */
  public Runnable watch(long rollout, RolloutWatchers.Sink sink) {
    RolloutWatchers.Watcher watcher = new RolloutWatchers.Watcher(rollout, sink);
    turns.post(() -> parts.rollouts().add(watcher));
    return () -> turns.post(() -> parts.rollouts().remove(watcher));
  }

  /** Of these pools; empty: this controller does not lead. */
  public Optional<List<PoolAvailability>> availability(List<String> pools) {
    return turns.ask(() ->
        parts
            .seat()
            .conclusions()
            .map(judge -> pools.stream().map(judge.findings()::availability).toList()));
  }

  private List<WatchEvent> existing(Watchers.Filter filter) {
    long revision = loop.revision();
    List<WatchEvent> events = new ArrayList<>();
    Image image = loop.image();
    if (image != null) {
      Collection<Resource> all =
          filter.kind().equals(Optional.of(Kind.AGENT))
              ? parts.agents().resources()
              : image.config().resources().values();
      for (Resource resource : all) {
        if (ResourceKey.of(resource).filter(key -> filter.wants(key, resource)).isPresent()) {
          events.add(Watchers.event(WatchEvent.Type.TYPE_PUT, loop.describe(resource), revision));
        }
      }
    }
    events.add(Watchers.bookmark(revision));
    return events;
  }
}
