package io.weir.e2e.sim.fleet;

import com.google.protobuf.Duration;
import io.weir.controller.model.Config;
import io.weir.controller.model.Kind;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.reconcile.Image;
import io.weir.controller.reconcile.RolloutLog;
import io.weir.controller.rollout.Progression;
import io.weir.controller.rollout.Progression.Action;
import io.weir.controller.rollout.Progression.Steered;
import io.weir.controller.rollout.Staged;
import io.weir.controller.store.Journal;
import io.weir.controller.store.StagedChanges;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.v1.Resource;
import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutStep;
import io.weir.v1.StagedChange;
import io.weir.v1.StagedOutcome;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/**
 * Operators who have changes go out step by step, and steer them as they please. A change that is
 * staged under number n gives the first endpoint of each pool that it changes the weight {@link
 * #FIRST} + n, by which it is known wherever it runs.
 */
final class Operators {
  static final int FIRST = 1_000;

  private static final long SECOND = World.SECOND;
  private static final int HISTORY = 100;

  private final World world;
  private final Random random;
  private final Journal journal;
  private final RolloutLog rolloutLog;

  Operators(World world, Random random) {
    this.world = world;
    this.random = random;
    this.journal = new Journal(world.store, HISTORY);
    this.rolloutLog = new RolloutLog(world.store, journal, this::now);
  }

  private Instant now() {
    return SimController.EPOCH.plusNanos(world.time.now());
  }

  void schedule() {
    int changes = random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      world.time.at(sometime(), this::stage);
    }
    int words = changes == 0 ? 0 : random.nextInt(4);
    for (int i = 0; i < words; i++) {
      world.time.at(sometime(), this::steer);
    }
  }

  private long sometime() {
    long length = World.FAULTS_TO - 5 * SECOND - World.FAULTS_FROM;
    return World.FAULTS_FROM + (long) (random.nextDouble() * length);
  }

  private Duration millis(int least, int most) {
    int millis = least + random.nextInt(most - least);
    return Duration.newBuilder()
        .setSeconds(millis / 1_000)
        .setNanos(millis % 1_000 * 1_000_000)
        .build();
  }

  private RolloutPlan plan() {
    RolloutPlan.Builder plan = RolloutPlan.newBuilder().setTimeout(millis(2_000, 6_000));
    if (random.nextInt(4) == 0) {
      return plan.addSteps(RolloutStep.newBuilder().setPercent(100))
          .setConfirmWithin(millis(1_000, 8_000))
          .build();
    }
    if (random.nextBoolean()) {
      plan.addSteps(step(1 + random.nextInt(40)));
    }
    if (random.nextInt(3) == 0) {
      plan.addSteps(
          RolloutStep.newBuilder()
              .putAgents("zone", "z" + random.nextInt(2))
              .setBake(millis(0, 3_000)));
    }
    return plan.addSteps(step(100)).build();
  }

  private RolloutStep.Builder step(double percent) {
    return RolloutStep.newBuilder().setPercent(percent).setBake(millis(0, 3_000));
  }

  private void stage() {
    RolloutPlan plan = plan();
    int which = random.nextInt(2);
    try {
      Journal.State seen = journal.read();
      StagedChanges.Listed listed = rolloutLog.list();
      Config config = Image.config(seen);
      Instant now = now();
      // Some have no endpoints but those that are found or brought.
      List<Resource> pools =
          config
              .of(Kind.POOL)
              .filter(one -> Declared.isWhole(one.getMetadata().getName()))
              .toList();
      // Every other change, the first one among them, is of all of them.
      List<Resource> changed =
          listed.next() % 2 == 1 ? pools : List.of(pools.get(which % pools.size()));
      if (changed.stream()
          .anyMatch(
              pool -> listed.staging().touching(ResourceKey.of(pool).orElseThrow()).isPresent())) {
        return;
      }
      StagedChange.Builder asked =
          StagedChange.newBuilder()
              .setNumber(listed.next())
              .setPlan(plan)
              .setCreated(
                  com.google.protobuf.Timestamp.newBuilder()
                      .setSeconds(now.getEpochSecond())
                      .setNanos(now.getNano()));
      changed.forEach(pool -> change(asked, pool));
      StagedChange change = Progression.begun(asked.build(), "asked for", now);
      world.store.commit(
          new Store.Transaction(
              List.of(listed.unchanged(), new Store.Expectation(Journal.HEAD, seen.headRevision())),
              StagedChanges.add(listed, change)));
      world.disturb("change " + change.getNumber() + " is staged");
    } catch (StoreException e) {
      world.disturb("a change cannot be staged");
    }
  }

  private static void change(StagedChange.Builder change, Resource pool) {
    Resource.Builder after = pool.toBuilder();
    after
        .getPoolBuilder()
        .getSpecBuilder()
        .getEndpointsBuilder(0)
        .setWeight(FIRST + (int) change.getNumber());
    change
        .addResources(after)
        .addOutcomes(
            StagedOutcome.newBuilder()
                .setResource(ResourceKey.of(pool).orElseThrow().ref())
                .setRevision(pool.getMetadata().getRevision()));
  }

  private void steer() {
    Action action = List.of(Action.values()).get(random.nextInt(Action.values().length));
    try {
      List<Staged> active = rolloutLog.list().staging().active();
      if (active.isEmpty()) {
        return;
      }
      Staged staged = active.getFirst();
      List<String> connected =
          world.live().stream().filter(SimAgent::isConnected).map(agent -> agent.name).toList();
      Steered steered = Progression.steer(staged.change(), action, "sim", connected, now());
      if (steered instanceof Steered.To(StagedChange to)) {
        rolloutLog.move(staged, to, List.of());
        world.disturb("change " + staged.number() + ": " + action);
      }
    } catch (StoreException e) {
      world.disturb("a change cannot be steered");
    }
  }
}
