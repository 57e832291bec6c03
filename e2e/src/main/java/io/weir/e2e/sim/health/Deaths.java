package io.weir.e2e.sim.health;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Which endpoints die when and how; the same for every contender of one seed. */
final class Deaths {
  /**
   * One of them.
   *
   * @param from ns, when it dies
   * @param to ns, when it is back
   * @param refuses its host lives and refuses connections; otherwise nothing answers at all
   */
  record Death(int endpoint, long from, long to, boolean refuses) {}

  private final List<List<Death>> byEndpoint = new ArrayList<>();
  private final List<Death> all = new ArrayList<>();

  Deaths(Scenario scenario) {
    Random random = new Random(scenario.seed());
    for (int i = 0; i < scenario.endpoints(); i++) {
      byEndpoint.add(new ArrayList<>());
    }
    long length = scenario.length().toNanos();
    long down = scenario.downFor().toNanos();
    // Nobody dies while the contenders still find out who lives, nor so late that it is not seen.
    long first = 10 * scenario.interval().toNanos();
    long last = length - down;
    Set<Integer> died = new HashSet<>();
    while (died.size() < Math.min(scenario.deaths(), scenario.endpoints())) {
      int endpoint = random.nextInt(scenario.endpoints());
      if (died.add(endpoint)) {
        long from = first + (long) (random.nextDouble() * (last - first));
        Death death = new Death(endpoint, from, from + down, random.nextBoolean());
        byEndpoint.get(endpoint).add(death);
        all.add(death);
      }
    }
  }

  List<Death> all() {
    return all;
  }

  /** -1: it lives; otherwise the place of the death in {@link #all}. */
  int at(int endpoint, long time) {
    for (Death death : byEndpoint.get(endpoint)) {
      if (time >= death.from && time < death.to) {
        return all.indexOf(death);
      }
    }
    return -1;
  }

  boolean lives(int endpoint, long time) {
    for (Death death : byEndpoint.get(endpoint)) {
      if (time >= death.from && time < death.to) {
        return false;
      }
    }
    return true;
  }

  boolean refuses(int endpoint, long time) {
    return byEndpoint.get(endpoint).stream()
        .anyMatch(death -> time >= death.from && time < death.to && death.refuses);
  }
}
