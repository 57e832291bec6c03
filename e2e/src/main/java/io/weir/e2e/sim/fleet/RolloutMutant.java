package io.weir.e2e.sim.fleet;

import com.google.protobuf.Duration;
import io.weir.controller.store.StagedChanges;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Transaction;
import io.weir.controller.store.Store.Write;
import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutState;
import io.weir.v1.RolloutStep;
import io.weir.v1.StagedChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Has controllers break a rule of rollouts: what they read of a change is not what it is, and what
 * they write of it looks as if it had been. Without such a rule it changes nothing.
 */
final class RolloutMutant {
  /** Above every agent's hash. */
  private static final long EVERYBODY = 1L << 32;

  private final Mutation mutation;

  /** As the store last had them. */
  private final Map<Long, StagedChange> real = new HashMap<>();

  RolloutMutant(Mutation mutation) {
    this.mutation = mutation;
  }

  private boolean isIdle() {
    return !Mutation.OF_ROLLOUTS.contains(mutation);
  }

  List<Entry> read(List<Entry> entries) {
    return isIdle()
        ? entries
        : entries.stream()
            .map(entry ->
                seen(new Write.Put(entry.key(), entry.value())) instanceof Write.Put put
                    ? new Entry(put.key(), put.value(), entry.revision())
                    : entry)
            .toList();
  }

  List<Write> watched(List<Write> writes) {
    return isIdle() ? writes : writes.stream().map(this::seen).toList();
  }

  private Write seen(Write write) {
    Optional<StagedChange> change = change(write);
    if (change.isEmpty()) {
      return write;
    }
    real.put(change.get().getNumber(), change.get());
    return StagedChanges.put(seen(change.get()));
  }

  private static Optional<StagedChange> change(Write write) {
    return StagedChanges.written(write, 0)
        .flatMap(StagedChanges.Written::staged)
        .map(staged -> staged.change());
  }

  private StagedChange seen(StagedChange is) {
    return switch (mutation) {
      case NO_BAKE -> is.toBuilder().setPlan(unbaked(is.getPlan())).build();
      case NO_CONFIRMATION ->
          is.getPlan().hasConfirmWithin()
              ? is.toBuilder()
                  .setPlan(unbaked(is.getPlan()).toBuilder().clearConfirmWithin())
                  .build()
              : is;
      case NO_COHORT -> is.getStep() > 0 ? is.toBuilder().setThreshold(EVERYBODY).build() : is;
      case NO_END ->
          is.getState() == RolloutState.ROLLOUT_STATE_ROLLED_BACK
                  || is.getState() == RolloutState.ROLLOUT_STATE_ABORTED
              ? is.toBuilder()
                  .setState(
                      is.getStep() == 0
                          ? RolloutState.ROLLOUT_STATE_PENDING
                          : RolloutState.ROLLOUT_STATE_PUSHING)
                  .build()
              : is;
      case HALF_DECLARED,
          NONE,
          ONE_AGENT_DECIDES,
          NO_FENCING,
          DECISIONS_FORGOTTEN,
          NOTHING_SAVED,
          DEAF_TO_VERDICTS,
          NEVER_BACK,
          NO_PANIC,
          NO_GUARD,
          SLOW_CLOCK,
          ANY_REVISION,
          NO_BARRIER,
          CALLED_TWICE,
          NEVER_TRIED ->
          is;
    };
  }

  private static RolloutPlan unbaked(RolloutPlan plan) {
    RolloutPlan.Builder next = plan.toBuilder();
    next.getStepsBuilderList().forEach(step -> step.setBake(Duration.getDefaultInstance()));
    return next.build();
  }

  /** What becomes of a transaction of a controller. */
  Transaction written(Transaction transaction) {
    if (isIdle()) {
      return transaction;
    }
    List<Write> writes = new ArrayList<>();
    boolean declared = false;
    for (Write write : transaction.writes()) {
      Optional<StagedChange> change = change(write);
      writes.add(change.map(is -> StagedChanges.put(restored(is))).orElse(write));
      declared |=
          change.filter(is -> is.getState() == RolloutState.ROLLOUT_STATE_COMMITTED).isPresent();
    }
    if (mutation == Mutation.HALF_DECLARED && declared) {
      List<Write> pools =
          writes.stream().filter(write -> write.key().startsWith("config/Pool/")).toList();
      if (pools.size() > 1) {
        writes.remove(pools.getLast());
      }
    }
    return new Transaction(transaction.expectations(), writes);
  }

  private StagedChange restored(StagedChange written) {
    StagedChange was = real.get(written.getNumber());
    if (was == null) {
      return written;
    }
    StagedChange.Builder next = written.toBuilder().setPlan(was.getPlan());
    if (mutation == Mutation.NO_COHORT) {
      next.setThreshold(was.getThreshold());
      if (written.getStep() > was.getStep()) {
        RolloutStep step = was.getPlan().getSteps(written.getStep() - 1);
        next.setThreshold(
            Math.max(was.getThreshold(), (long) (EVERYBODY * step.getPercent() / 100)));
      }
    }
    return next.build();
  }
}
