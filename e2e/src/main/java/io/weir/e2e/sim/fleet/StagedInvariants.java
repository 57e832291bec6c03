package io.weir.e2e.sim.fleet;

import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.agent.control.Replica;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.rollout.Cohort;
import io.weir.controller.rollout.Staged;
import io.weir.controller.store.StagedChanges;
import io.weir.controller.store.Store.Write;
import io.weir.e2e.sim.kernel.VirtualTime;
import io.weir.v1.Resource;
import io.weir.v1.RolloutState;
import io.weir.v1.StagedChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What must hold of changes that go out step by step:
 *
 * <ol>
 *   <li>A change has one end, and its cohort only grows; what it is, and how it is to go out, stays
 *       as it was asked for.
 *   <li>It is declared whole, in the transaction that ends it, or not at all.
 *   <li>Unless an operator says so, no step ends before its bake is over, and what waits for a
 *       confirmation is not declared.
 *   <li>Only agents of its cohort run it before it is declared.
 *   <li>In the end each connected agent runs what is declared with the active changes of its
 *       cohorts laid over, and nothing else; and no change that waits for nobody is still under
 *       way.
 * </ol>
 */
final class StagedInvariants {
  private final VirtualTime time;
  private final Map<Long, StagedChange> changes = new TreeMap<>();

  /** When each was last written to bake, ns. */
  private final Map<Long, Long> baking = new HashMap<>();

  private final Map<String, Resource> declared = new HashMap<>();

  StagedInvariants(VirtualTime time) {
    this.time = time;
  }

  /** Returns what is wrong with a transaction, if anything. */
  Optional<String> committed(List<Write> writes) {
    Set<String> written = writes.stream().map(Write::key).collect(Collectors.toSet());
    List<Resource> pools = new ArrayList<>();
    try {
      for (Write write : writes) {
        if (write instanceof Write.Put put && put.key().startsWith("config/Pool/")) {
          pools.add(Resource.parseFrom(put.value()));
          declared.put(put.key(), pools.getLast());
        }
        if (write instanceof Write.Put put && put.key().startsWith("rollouts/log/")) {
          Optional<String> wrong = moved(StagedChange.parseFrom(put.value()), written);
          if (wrong.isPresent()) {
            return wrong;
          }
        }
      }
    } catch (InvalidProtocolBufferException e) {
      return Optional.of("a key of " + StagedChanges.PREFIX + " cannot be read");
    }
    return pools.stream()
        .flatMap(pool -> carried(pool).stream())
        .filter(change -> change.getState() != RolloutState.ROLLOUT_STATE_COMMITTED)
        .map(change ->
            "change %d is declared while it is %s".formatted(change.getNumber(), change.getState()))
        .findFirst();
  }

  /** The changes that are known by their weights. */
  private List<StagedChange> carried(Resource pool) {
    return pool.getPool().getSpec().getEndpointsList().stream()
        .map(endpoint -> (long) endpoint.getWeight() - Operators.FIRST)
        .flatMap(number -> Optional.ofNullable(changes.get(number)).stream())
        .toList();
  }

  private Optional<String> moved(StagedChange now, Set<String> written) {
    long number = now.getNumber();
    StagedChange before = changes.put(number, now);
    if (before != null) {
      if (before.equals(now)) {
        // A commit whose answer got lost is made again.
        return Optional.empty();
      }
      if (Staged.isOver(before)) {
        return Optional.of(
            "change %d was %s and became %s".formatted(number, before.getState(), now.getState()));
      }
      if (now.getStep() < before.getStep() || now.getThreshold() < before.getThreshold()) {
        return Optional.of("the cohort of change %d shrank".formatted(number));
      }
      if (!now.getPlan().equals(before.getPlan())
          || !now.getResourcesList().equals(before.getResourcesList())) {
        return Optional.of("change %d is not what was asked for any more".formatted(number));
      }
      Optional<String> rash = rash(before, now);
      if (rash.isPresent()) {
        return rash;
      }
    }
    if (now.getState() == RolloutState.ROLLOUT_STATE_BAKING) {
      baking.put(number, time.now());
    }
    boolean all =
        now.getResourcesList().stream()
            .map(resource -> ResourceKey.of(resource).orElseThrow().storeKey())
            .allMatch(written::contains);
    boolean any = written.stream().anyMatch(key -> key.startsWith("config/"));
    boolean is = now.getState() == RolloutState.ROLLOUT_STATE_COMMITTED;
    boolean whole = is ? all : !any;
    return whole
        ? Optional.empty()
        : Optional.of("change %d became %s with %s".formatted(number, now.getState(), written));
  }

  /** What a controller has done of itself and may not. */
  private Optional<String> rash(StagedChange before, StagedChange now) {
    boolean on =
        now.getState() == RolloutState.ROLLOUT_STATE_COMMITTED || now.getStep() > before.getStep();
    if (!on || !now.getTransitions(now.getTransitionsCount() - 1).getBy().isEmpty()) {
      return Optional.empty();
    }
    if (now.getPlan().hasConfirmWithin()) {
      return now.getState() == RolloutState.ROLLOUT_STATE_COMMITTED
          ? Optional.of("change %d is declared, and nobody confirmed it".formatted(now.getNumber()))
          : Optional.empty();
    }
    if (before.getStep() == 0) {
      return Optional.empty();
    }
    Duration bake = before.getPlan().getSteps(before.getStep() - 1).getBake();
    long least = bake.getSeconds() * World.SECOND + bake.getNanos();
    boolean baked =
        before.getState() == RolloutState.ROLLOUT_STATE_BAKING
            && time.now() - baking.getOrDefault(now.getNumber(), time.now()) >= least;
    return !baked
        ? Optional.of(
            "change %d left step %d before its bake was over"
                .formatted(now.getNumber(), before.getStep()))
        : Optional.empty();
  }

  /** Returns what is wrong with what an agent runs now, if anything. */
  Optional<String> applied(String agent, Map<String, String> labels, Replica next) {
    for (Resource resource : next.resources().values()) {
      for (StagedChange change : carried(resource)) {
        if (change.getState() != RolloutState.ROLLOUT_STATE_COMMITTED
            && !Cohort.includes(change, agent, labels)) {
          return Optional.of(
              "%s runs change %d, of whose cohort it is not".formatted(agent, change.getNumber()));
        }
      }
    }
    return Optional.empty();
  }

  /** Whether an agent runs an active change in place of what is declared there. */
  boolean isLaidOver(String key, String agent, Map<String, String> labels) {
    return changes.values().stream()
        .filter(change -> !Staged.isOver(change) && Cohort.includes(change, agent, labels))
        .flatMap(change -> change.getResourcesList().stream())
        .anyMatch(one -> ResourceKey.of(one).orElseThrow().storeKey().equals(key));
  }

  /** Returns what is wrong with an agent in the end, if anything. */
  Optional<String> ended(String agent, Map<String, String> labels, Replica held) {
    Map<String, Resource> expected = new HashMap<>(declared);
    for (StagedChange change : changes.values()) {
      if (!Staged.isOver(change)) {
        if (!change.getPaused()) {
          return Optional.of(
              "change %d is still %s: %s"
                  .formatted(change.getNumber(), change.getState(), change.getReason()));
        }
        if (Cohort.includes(change, agent, labels)) {
          change
              .getResourcesList()
              .forEach(resource ->
                  expected.put(ResourceKey.of(resource).orElseThrow().storeKey(), resource));
        }
      }
    }
    for (Resource resource : held.resources().values()) {
      // What runs of pools whose endpoints are found or brought is for other invariants to say.
      if (resource.hasPool() && Declared.isWhole(resource.getMetadata().getName())) {
        Resource wanted = expected.get(ResourceKey.of(resource).orElseThrow().storeKey());
        if (wanted == null || !wanted.getPool().getSpec().equals(resource.getPool().getSpec())) {
          return Optional.of("%s runs %s and not %s".formatted(agent, resource, wanted));
        }
      }
    }
    return Optional.empty();
  }
}
