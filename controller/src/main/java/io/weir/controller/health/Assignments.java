package io.weir.controller.health;

import io.weir.controller.health.Observers.Candidate;
import io.weir.controller.health.VerdictBoard.Assigned;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Who probes what by the clock. */
final class Assignments {
  private final int observers;
  private final Map<String, Set<Docket>> observed = new HashMap<>();
  private final Set<String> unassigned = new TreeSet<>();

  Assignments(int observers) {
    this.observers = observers;
  }

  /** These pools, or who runs them, have changed. */
  void stir(Collection<String> pools) {
    unassigned.addAll(pools);
  }

  /** Hands out the endpoints of pools whose agents have changed. Returns who has others now. */
  Set<String> reassign(Map<String, Map<String, Docket>> dockets, Roster roster) {
    Set<String> changed = new TreeSet<>();
    for (String pool : unassigned) {
      List<Candidate> eligible = roster.runners(pool).eligible();
      for (Docket docket : dockets.getOrDefault(pool, Map.of()).values()) {
        List<String> chosen = Observers.choose(docket.target, eligible, observers);
        if (!chosen.equals(docket.observers)) {
          changed.addAll(docket.observers);
          changed.addAll(chosen);
          observe(docket, chosen);
        }
      }
    }
    unassigned.clear();
    return changed;
  }

  /** Whether {@link #reassign} has something to do. */
  boolean isUnassigned() {
    return !unassigned.isEmpty();
  }

  void observe(Docket docket, List<String> chosen) {
    for (String agent : docket.observers) {
      Set<Docket> of = observed.get(agent);
      if (of != null && of.remove(docket) && of.isEmpty()) {
        observed.remove(agent);
      }
    }
    chosen.forEach(agent -> observed.computeIfAbsent(agent, _ -> new HashSet<>()).add(docket));
    docket.observers = chosen;
  }

  /** What {@code agent} probes by the clock, sorted. */
  List<Assigned> assignment(String agent) {
    return observed.getOrDefault(agent, Set.of()).stream()
        .map(docket ->
            new Assigned(docket.target, docket.observers.indexOf(agent), docket.observers.size()))
        .sorted(Comparator.comparing(Assigned::target))
        .toList();
  }
}
