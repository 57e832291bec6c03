package io.weir.controller.instances;

import static io.weir.controller.instances.Naming.some;

import com.google.protobuf.Timestamp;
import io.weir.v1.ScaledInstance;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Instances that are drained, and which of them may end: who has answered is remembered for each,
 * from when it was drained. One thread at a time.
 */
final class Departures {
  private final boolean barred;
  private final Map<String, Held> barriers = new HashMap<>();
  private final Map<String, String> holding = new HashMap<>();

  private record Held(Timestamp since, Barrier barrier) {}

  /**
   * One that goes and may: nothing is under way there, or its time is over.
   *
   * @param waiting for whom it waited in vain
   */
  record Going(ScaledInstance instance, long inFlight, List<String> waiting) {
    Going {
      waiting = List.copyOf(waiting);
    }
  }

  /**
   * @param barred nothing is ended before it is clear
   */
  Departures(boolean barred) {
    this.barred = barred;
  }

  /** Another look begins. */
  void begin() {
    holding.clear();
  }

  /**
   * @param age for how long it has been drained, ns
   * @param revision of the record in which it is, for one that was not seen so before
   */
  Optional<Going> look(ScaledInstance one, long age, long revision, Situation is) {
    Held held = barriers.get(one.getId());
    if (held == null || !held.since().equals(one.getSince())) {
      held = new Held(one.getSince(), new Barrier(revision));
      barriers.put(one.getId(), held);
    }
    Barrier.Look look = held.barrier().look(one.getAddress(), is.agents(), is.now());
    if (look.isClear() || !barred || age >= is.drainTimeout().toNanos()) {
      return Optional.of(new Going(one, look.inFlight(), look.waiting()));
    }
    holding.put(
        one.getId(),
        look.inFlight() > 0
            ? "%d under way".formatted(look.inFlight())
            : "waits for " + some(look.waiting()));
    return Optional.empty();
  }

  /** Only of these from now on. */
  void retain(Collection<String> ids) {
    barriers.keySet().retainAll(ids);
  }

  /** Why one is still there, as a clause, by id. */
  Map<String, String> holding() {
    return Map.copyOf(holding);
  }

  /** Those that go by themselves need no call; they are gone once they are drained and unlisted. */
  static void forgetSelfMade(List<ScaledInstance> instances, List<Going> ready, Situation is) {
    Set<String> listed =
        is.listing()
            .map(listing ->
                listing.instances().stream().map(Listing.Listed::id).collect(Collectors.toSet()))
            .orElse(Set.of());
    for (Going going : List.copyOf(ready)) {
      if (going.instance().getDecision() == 0) {
        ready.remove(going);
        if (!listed.contains(going.instance().getId())) {
          instances.remove(going.instance());
        }
      }
    }
  }
}
