package io.weir.controller.reconcile;

import io.weir.controller.rollout.Member;
import io.weir.controller.rollout.Overseer;
import io.weir.controller.rollout.Progression;
import io.weir.controller.rollout.Staged;
import io.weir.controller.rollout.Staging;
import io.weir.controller.store.Store.Expectation;
import io.weir.controller.store.StoreException;
import io.weir.v1.Decision;
import io.weir.v1.LoadReport;
import io.weir.v1.RolloutMoved;
import io.weir.v1.RolloutProgress;
import io.weir.v1.RolloutState;
import io.weir.v1.RolloutTransition;
import io.weir.v1.StagedChange;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves staged changes on, and back, while this controller leads: looks at the agents a few times a
 * second while anything is staged, and writes what {@link Overseer} says. Whatever moved a change,
 * each of its transitions becomes one decision. One for each term; confined to the loop's thread.
 */
final class RolloutDriver {
  private static final Logger log = LoggerFactory.getLogger(RolloutDriver.class);
  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final long term;
  private final RolloutLog rolloutLog;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Executor io;
  private final Consumer<Runnable> loop;
  private final BiConsumer<Duration, Runnable> later;
  private final Supplier<Collection<Member>> members;
  private final LongFunction<String> hindrance;
  private final BiConsumer<RolloutMoved, Instant> note;
  private final Runnable news;
  private final Overseer overseer;
  private final Map<Long, Integer> noted = new HashMap<>();
  private final Set<Long> underway = new HashSet<>();
  private final Map<Long, RolloutProgress> progress = new HashMap<>();
  private Instant oldest = Instant.MIN;
  private @Nullable Staging staging;
  private boolean begun;
  private boolean looking;

  /**
   * @param loop runs a task on the loop; callable from any thread
   * @param later runs a task on the loop after a while
   * @param hindrance why no agent is to have a change yet; empty: nothing is in its way
   * @param note takes a transition that no decision tells of yet
   * @param news told when the progress of any has changed
   */
  RolloutDriver(
      long term,
      RolloutLog rolloutLog,
      InstantSource clock,
      LongSupplier nanos,
      Executor io,
      Consumer<Runnable> loop,
      BiConsumer<Duration, Runnable> later,
      Supplier<Collection<Member>> members,
      LongFunction<String> hindrance,
      BiConsumer<RolloutMoved, Instant> note,
      Runnable news) {
    this.term = term;
    this.rolloutLog = rolloutLog;
    this.clock = clock;
    this.nanos = nanos;
    this.io = io;
    this.loop = loop;
    this.later = later;
    this.members = members;
    this.hindrance = hindrance;
    this.note = note;
    this.news = news;
    this.overseer = new Overseer(nanos.getAsLong());
  }

  /**
   * @param decisions that are in the store, oldest first
   */
  void begin(List<Decision> decisions) {
    begun = true;
    for (Decision decision : decisions) {
      if (decision.hasRollout()) {
        RolloutMoved moved = decision.getRollout();
        noted.merge(moved.getRollout(), moved.getTransition().getIndex(), Math::max);
      }
    }
    if (!decisions.isEmpty() && decisions.getFirst().getNumber() > 1) {
      // What is older than those was decided on, and is forgotten.
      oldest = Instant.ofEpochSecond(decisions.getFirst().getTime().getSeconds());
    }
    work();
  }

  void update(Staging next) {
    if (!next.equals(staging)) {
      staging = next;
      work();
    }
  }

  void report(String agent, LoadReport report) {
    overseer.report(agent, report, nanos.getAsLong());
  }

  void forget(String agent) {
    overseer.forget(agent);
  }

  Optional<RolloutProgress> progress(long number) {
    return Optional.ofNullable(progress.get(number));
  }

  private void work() {
    Staging now = staging;
    if (!begun || now == null) {
      return;
    }
    now.all().values().forEach(staged -> note(staged.change()));
    List<Long> active = now.active().stream().map(Staged::number).toList();
    overseer.retain(active);
    progress.keySet().retainAll(active);
    if (!looking) {
      look();
    }
  }

  private void note(StagedChange change) {
    for (RolloutTransition transition : change.getTransitionsList()) {
      if (transition.getIndex() > noted.getOrDefault(change.getNumber(), 0)
          && transition.getTime().getSeconds() >= oldest.getEpochSecond()) {
        noted.put(change.getNumber(), transition.getIndex());
        note.accept(
            RolloutMoved.newBuilder()
                .setRollout(change.getNumber())
                .setTransition(transition)
                .build(),
            clock.instant());
      }
    }
  }

  private void look() {
    Staging now = staging;
    looking = now != null && !now.active().isEmpty();
    if (now == null || !looking) {
      return;
    }
    Collection<Member> agents = members.get();
    boolean changed = false;
    for (Staged staged : now.active()) {
      Overseer.Look look =
          overseer.look(
              staged, agents, hindrance.apply(staged.number()), nanos.getAsLong(), clock.instant());
      changed |= !look.progress().equals(progress.put(staged.number(), look.progress()));
      look.next()
          .ifPresent(next -> {
            if (underway.add(staged.number())) {
              move(staged, next);
            }
          });
    }
    if (changed) {
      news.run();
    }
    later.accept(LOOK, this::look);
  }

  private void move(Staged from, StagedChange to) {
    background(() -> {
      try {
        Optional<Expectation> own = rolloutLog.term(term);
        RolloutLog.Result result =
            own.isEmpty()
                ? new RolloutLog.Result.Overtaken()
                : rolloutLog.move(from, to, List.of(own.get()));
        if (result instanceof RolloutLog.Result.Impossible impossible) {
          result =
              rolloutLog.move(
                  from,
                  Progression.ended(
                      from.change(),
                      RolloutState.ROLLOUT_STATE_ROLLED_BACK,
                      "it cannot be declared: " + impossible.reason(),
                      clock.instant()),
                  List.of(own.orElseThrow()));
        }
        RolloutLog.Result ended = result;
        loop.accept(() -> moved(from, ended));
      } catch (StoreException e) {
        log.atWarn()
            .addKeyValue("rollout", from.number())
            .addKeyValue("reason", e.getMessage())
            .log("cannot write how a rollout goes on; trying again");
        loop.accept(() -> later.accept(RETRY, () -> underway.remove(from.number())));
      }
    });
  }

  /** What was written comes back as any write of the store does. */
  private void moved(Staged from, RolloutLog.Result result) {
    switch (result) {
      case RolloutLog.Result.Written written -> seen(from.number(), written.revision());
      case RolloutLog.Result.Overtaken _ ->
          later.accept(LOOK, () -> underway.remove(from.number()));
      case RolloutLog.Result.Impossible impossible -> {
        log.atError()
            .addKeyValue("rollout", from.number())
            .addKeyValue("reason", impossible.reason())
            .log("a rollout can go neither on nor back");
        later.accept(RETRY, () -> underway.remove(from.number()));
      }
    }
  }

  private void seen(long number, long revision) {
    Staging now = staging;
    boolean there =
        now != null && now.get(number).map(one -> one.revision() >= revision).orElse(true);
    if (there) {
      underway.remove(number);
    } else {
      later.accept(Duration.ofMillis(20), () -> seen(number, revision));
    }
  }

  private void background(Runnable task) {
    try {
      io.execute(task);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("stopping; not using the store any more");
    }
  }
}
