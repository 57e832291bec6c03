package io.weir.e2e.sim.fleet;

import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.agent.control.Replica;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.rollout.Cohort;
import io.weir.controller.rollout.Staged;
import io.weir.controller.store.StagedChanges;
import io.weir.controller.store.Store.Write;
import io.weir.v1.Endpoint;
import io.weir.v1.Resource;
import io.weir.v1.RolloutState;
import io.weir.v1.StagedChange;
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
 *   <li>A change has one end, and its cohort only grows.
 *   <li>It is declared whole, in the transaction that ends it, or not at all.
 *   <li>Only agents of its cohort run it before it is declared.
 *   <li>In the end each connected agent runs what is declared with the active changes of its
 *       cohorts laid over, and nothing else; and no change that waits for nobody is still under
 *       way.
 * </ol>
 */
final class StagedInvariants {
  private final Map<Long, StagedChange> changes = new TreeMap<>();
  private final Map<String, Resource> declared = new HashMap<>();

  /** Returns what is wrong with a transaction, if anything. */
  Optional<String> committed(List<Write> writes) {
    Set<String> written = writes.stream().map(Write::key).collect(Collectors.toSet());
    try {
      for (Write write : writes) {
        if (write instanceof Write.Put put && put.key().startsWith("config/Pool/")) {
          declared.put(put.key(), Resource.parseFrom(put.value()));
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
    return Optional.empty();
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

  /** Returns what is wrong with what an agent runs now, if anything. */
  Optional<String> applied(String agent, Map<String, String> labels, Replica next) {
    for (Resource resource : next.resources().values()) {
      for (Endpoint endpoint : resource.getPool().getSpec().getEndpointsList()) {
        StagedChange change = changes.get((long) endpoint.getWeight() - Operators.FIRST);
        if (change != null
            && change.getState() != RolloutState.ROLLOUT_STATE_COMMITTED
            && !Cohort.includes(change, agent, labels)) {
          return Optional.of(
              "%s runs change %d, of whose cohort it is not".formatted(agent, change.getNumber()));
        }
      }
    }
    return Optional.empty();
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
      // What runs of the pool whose endpoints are found is for its own invariant to say.
      if (resource.hasPool() && !resource.getMetadata().getName().equals(SimDns.POOL)) {
        Resource wanted = expected.get(ResourceKey.of(resource).orElseThrow().storeKey());
        if (wanted == null || !wanted.getPool().getSpec().equals(resource.getPool().getSpec())) {
          return Optional.of("%s runs %s and not %s".formatted(agent, resource, wanted));
        }
      }
    }
    return Optional.empty();
  }
}
