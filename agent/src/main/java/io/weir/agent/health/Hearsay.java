package io.weir.agent.health;

import io.weir.agent.model.Health;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What other agents say of the endpoints, and which of these agents are alive. */
final class Hearsay {
  /** Endpoints, those included that this agent does not run, or not yet. */
  private static final int MOST = 100_000;

  private final Map<String, Map<Target, Health>> byAgent = new HashMap<>();
  private final Map<Target, Map<String, Health>> byTarget = new HashMap<>();
  private Set<String> alive = Set.of();

  /** How many say so. */
  record Count(int unhealthy, int known) {}

  /** Whether that is news. */
  boolean heard(String agent, Target target, Health health) {
    if (byTarget.size() >= MOST && !byTarget.containsKey(target)) {
      return false;
    }
    Map<String, Health> said = byTarget.computeIfAbsent(target, _ -> new HashMap<>());
    boolean news;
    if (health == Health.UNKNOWN) {
      news = said.remove(agent) != null;
      Map<Target, Health> own = byAgent.get(agent);
      if (own != null) {
        own.remove(target);
      }
    } else {
      news = said.put(agent, health) != health;
      byAgent.computeIfAbsent(agent, _ -> new HashMap<>()).put(target, health);
    }
    if (said.isEmpty()) {
      byTarget.remove(target);
    }
    return news && alive.contains(agent);
  }

  /**
   * Without this agent. What those said that are no longer among them is forgotten.
   *
   * @return of which endpoints another count may hold now
   */
  Set<Target> alive(Set<String> now) {
    Set<Target> touched = new HashSet<>();
    for (String agent : Set.copyOf(byAgent.keySet())) {
      if (alive.contains(agent) && !now.contains(agent)) {
        for (Target target : forget(agent)) {
          touched.add(target);
        }
      } else if (now.contains(agent) && !alive.contains(agent)) {
        touched.addAll(byAgent.getOrDefault(agent, Map.of()).keySet());
      }
    }
    alive = Set.copyOf(now);
    return touched;
  }

  private Set<Target> forget(String agent) {
    Map<Target, Health> said = byAgent.remove(agent);
    if (said == null) {
      return Set.of();
    }
    for (Target target : said.keySet()) {
      Map<String, Health> of = byTarget.get(target);
      if (of != null && of.remove(agent) != null && of.isEmpty()) {
        byTarget.remove(target);
      }
    }
    return said.keySet();
  }

  /** Of live agents. */
  Count count(Target target) {
    int unhealthy = 0;
    int known = 0;
    for (Map.Entry<String, Health> said : byTarget.getOrDefault(target, Map.of()).entrySet()) {
      if (alive.contains(said.getKey())) {
        known++;
        unhealthy += said.getValue() == Health.UNHEALTHY ? 1 : 0;
      }
    }
    return new Count(unhealthy, known);
  }

  /** Forgets what was said of endpoints that are not in {@code targets}. */
  void retain(Set<Target> targets) {
    byTarget.keySet().retainAll(targets);
    byAgent.values().forEach(said -> said.keySet().retainAll(targets));
    byAgent.values().removeIf(Map::isEmpty);
  }
}
