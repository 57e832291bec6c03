package io.weir.controller.instances;

import io.weir.controller.instances.Departures.Going;
import io.weir.v1.InstanceState;
import io.weir.v1.ScaledInstance;
import io.weir.v1.ScalerRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One scaler's instances, from look to look. Each look goes by what is in the store and nothing
 * else, and says what is to be written there next, and whether that is a decision; what it
 * remembers are times and who has answered, which the next controller finds out anew. At most one
 * decision comes of a look, and the next look is to see what came of the last. One thread at a
 * time.
 */
public final class Lifecycle {
  /** At least so long an instance may take to serve. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final int PATIENCE_FACTOR = 5;

  /** Until one that is to end and has not is asked to again. */
  private static final Duration ENDING = Duration.ofSeconds(30);

  /** One that was to end and that the provider still lists was not ended. */
  private static final Duration LINGERING = Duration.ofSeconds(10);

  private final Roll roll = new Roll();
  private final Sights sights = new Sights();
  private final Asked asked = new Asked();
  private final Departures departures;
  private final List<Duration> took = new ArrayList<>();
  private int failedStarts;

  /**
   * @param barred nothing is ended before it is clear; false only to show what that is good for
   */
  public Lifecycle(boolean barred) {
    this.departures = new Departures(barred);
  }

  /** Instances in a row that never became healthy. */
  public int failedStarts() {
    return failedStarts;
  }

  /**
   * How long instances took until they served, from when the hook was called, or from when they
   * were there where nobody called for them lately; those since this was asked.
   */
  public List<Duration> started() {
    List<Duration> taken = List.copyOf(took);
    took.clear();
    return taken;
  }

  /** Why a draining instance is still there, as a clause, by id. */
  public Map<String, String> holding() {
    return departures.holding();
  }

  /** The hook was called, and has done it. */
  public void called(long now) {
    asked.called(now);
  }

  /**
   * @param scaler its name
   * @param pool its pool's
   * @param record as the store has it
   * @param revision at which that was written; 0: nothing was yet
   */
  public Step next(String scaler, String pool, ScalerRecord record, long revision, Situation is) {
    asked.begin(record, is.now());
    departures.begin();
    Roll.Called called = roll.call(record.getInstancesList(), is);
    if (!called.vanished().isEmpty()) {
      asked.vanished();
    }
    List<ScaledInstance> instances = new ArrayList<>();
    List<ScaledInstance> failed = new ArrayList<>();
    List<Going> ready = new ArrayList<>();
    List<Going> overdue = new ArrayList<>();
    Set<String> lingering = new HashSet<>();
    for (ScaledInstance one : called.instances()) {
      long age = sights.age(one, is.now(), is.wall());
      switch (one.getState()) {
        case INSTANCE_STATE_STARTING -> instances.add(starting(one, age, failed, is));
        case INSTANCE_STATE_DRAINING -> {
          if (is.conduct() != Situation.Conduct.ACT && one.getDecision() != 0) {
            instances.add(serving(one, "it is not to go after all", is));
          } else {
            departures.look(one, age, revision, is).ifPresent(ready::add);
            instances.add(one);
          }
        }
        case INSTANCE_STATE_ENDING -> {
          instances.add(one);
          if (age >= LINGERING.toNanos()
              && is.listing().filter(listing -> listing.stays(one.getId())).isPresent()) {
            lingering.add(one.getId());
          }
          if (age >= ENDING.toNanos()) {
            overdue.add(new Going(one, 0, List.of()));
          }
        }
        case INSTANCE_STATE_SERVING, INSTANCE_STATE_UNSPECIFIED, UNRECOGNIZED -> instances.add(one);
      }
    }
    Departures.forgetSelfMade(instances, ready, is);
    ready.addAll(overdue);
    remember(instances);
    ScalerRecord now =
        instances.equals(record.getInstancesList())
            ? record
            : record.toBuilder().clearInstances().addAllInstances(instances).build();
    Step step = new Plan(scaler, pool, now, is, asked, lingering).decide(failed, ready);
    count(failed, step);
    return new Step(Past.kept(record, revision, step.record()), step.decision());
  }

  private void remember(List<ScaledInstance> instances) {
    sights.retain(instances);
    departures.retain(
        Naming.ids(
            instances.stream()
                .filter(one -> one.getState() == InstanceState.INSTANCE_STATE_DRAINING)
                .toList()));
  }

  /** Those that are ended now; of the others it is not decided yet. */
  private void count(List<ScaledInstance> failed, Step step) {
    step.decision()
        .ifPresent(draft ->
            failedStarts +=
                (int) failed.stream().filter(one -> draft.touched().contains(one.getId())).count());
  }

  private ScaledInstance starting(
      ScaledInstance one, long age, List<ScaledInstance> failed, Situation is) {
    if (is.isHealthy(one.getAddress())) {
      failedStarts = 0;
      if (asked.anything()) {
        took.add(Duration.ofNanos(asked.age(age, is.now())));
      }
      return serving(
          one, is.probed() ? "the fleet holds it to be healthy" : "its pool has no probes", is);
    }
    boolean never = one.getAddress().isEmpty() || is.isUnhealthy(one.getAddress());
    if (never && age >= patience(is.startup())) {
      failed.add(one);
    }
    return one;
  }

  private static ScaledInstance serving(ScaledInstance one, String reason, Situation is) {
    ScaledInstance.Builder next = one.toBuilder();
    Roll.move(next, InstanceState.INSTANCE_STATE_SERVING, reason, is.wall());
    return next.build();
  }

  private static long patience(Duration startup) {
    return Math.max(PATIENCE.toNanos(), startup.multipliedBy(PATIENCE_FACTOR).toNanos());
  }
}
