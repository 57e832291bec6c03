package io.weir.agent.membership;

import io.weir.agent.model.Health;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The newest known observation of each agent and endpoint. */
final class Observations {
  /** Beyond so many no others are taken in. */
  static final int CAPACITY = 200_000;

  private final String self;
  private final Map<Seen.Key, Seen> newest = new HashMap<>();
  private long sequence;

  /**
   * @param sequence above any that this agent has used before, as far as it knows
   */
  Observations(String self, long sequence) {
    this.self = self;
    this.sequence = sequence;
  }

  /** This agent's own. */
  Seen observe(String pool, String endpoint, Health health) {
    Seen seen = new Seen(self, pool, endpoint, health, ++sequence);
    newest.put(seen.key(), seen);
    return seen;
  }

  /** Whether that was news. */
  boolean hear(Seen seen) {
    Seen known = newest.get(seen.key());
    if (known == null ? newest.size() >= CAPACITY : known.sequence() >= seen.sequence()) {
      return false;
    }
    newest.put(seen.key(), seen);
    return true;
  }

  /**
   * Something is told as this agent's own that is newer than what it says now: an earlier process
   * of the same name said it. What is true now outdoes it.
   */
  Seen outdo(Seen claimed) {
    Seen known = newest.get(claimed.key());
    sequence = Math.max(sequence, claimed.sequence());
    return observe(
        claimed.pool(), claimed.endpoint(), known == null ? Health.UNKNOWN : known.health());
  }

  boolean isOlder(Seen claimed) {
    Seen known = newest.get(claimed.key());
    return known != null && known.sequence() >= claimed.sequence();
  }

  void forget(String agent) {
    newest.keySet().removeIf(key -> key.agent().equals(agent));
  }

  List<Seen> of(String agent) {
    return newest.values().stream().filter(s -> s.agent().equals(agent)).toList();
  }

  /** Those that say most first: what is unhealthy. */
  List<Seen> all() {
    List<Seen> all = new ArrayList<>(newest.size());
    newest.values().stream().filter(s -> s.health() == Health.UNHEALTHY).forEach(all::add);
    newest.values().stream().filter(s -> s.health() != Health.UNHEALTHY).forEach(all::add);
    return all;
  }
}
