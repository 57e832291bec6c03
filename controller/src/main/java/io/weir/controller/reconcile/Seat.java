package io.weir.controller.reconcile;

import io.weir.controller.store.Leadership;
import io.weir.controller.store.Leadership.Leader;
import java.util.Optional;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Whether this controller leads, follows another one or neither, and who judges accordingly.
 * Confined to the loop's thread.
 */
final class Seat {
  private final Leadership leadership;
  private final LongFunction<Conclusions> bench;
  private final Runnable seated;
  private Judge judge = Judge.NOBODY;
  private @Nullable Conclusions conclusions;
  private Optional<Leader> leader = Optional.empty();
  private @Nullable Image image;
  private long term;
  private boolean known;

  /**
   * @param bench makes what concludes in a term
   * @param seated told after someone else has begun to judge, or nobody does any more
   */
  Seat(Leadership leadership, LongFunction<Conclusions> bench, Runnable seated) {
    this.leadership = leadership;
    this.bench = bench;
    this.seated = seated;
  }

  Judge judge() {
    return judge;
  }

  /** Of whoever leads, once what agents say gets there; 0: nobody does. */
  long term() {
    return term;
  }

  /** While this controller leads. */
  Optional<Conclusions> conclusions() {
    return Optional.ofNullable(conclusions);
  }

  /** Whether it is known who leads, and if this controller does, what was decided before. */
  boolean isSettled() {
    return known && (conclusions == null || conclusions.hasBegun());
  }

  void update(Image next) {
    image = next;
    if (conclusions != null) {
      conclusions.update(next);
    }
  }

  void leads(long won) {
    vacate();
    known = true;
    leader = Optional.empty();
    term = won;
    Conclusions next = bench.apply(won);
    conclusions = next;
    judge = next;
    next.start();
    if (image != null) {
      next.update(image);
    }
    seated.run();
  }

  void follows(Optional<Leader> other) {
    vacate();
    known = true;
    leader = other;
    seated.run();
  }

  /** What agents say reaches the leader. Returns false when it is not the leader any more. */
  boolean linked(LeaderChannel channel, long itsTerm) {
    if (leader.filter(one -> one.term() == itsTerm).isEmpty()) {
      return false;
    }
    term = itsTerm;
    judge = new Following(channel);
    seated.run();
    return true;
  }

  void unlinked(LeaderChannel channel) {
    if (isLinked(channel)) {
      vacate();
      seated.run();
    }
  }

  boolean isLinked(LeaderChannel channel) {
    return judge instanceof Following following && following.isOver(channel);
  }

  /** Of the store, as far as it was seen here. */
  void standing(long revision) {
    if (judge instanceof Following following) {
      following.standing(revision);
    }
  }

  /** The term is another's, or may be. */
  void superseded(long which) {
    if (conclusions != null && which == term) {
      vacate();
      leadership.resign(which);
      seated.run();
    }
  }

  void stop() {
    vacate();
  }

  private void vacate() {
    if (conclusions != null) {
      conclusions.stop();
    }
    conclusions = null;
    judge = Judge.NOBODY;
    term = 0;
  }
}
