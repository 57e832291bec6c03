package io.weir.controller.rollout;

import io.weir.v1.RolloutStep;
import io.weir.v1.StagedChange;
import java.util.Collection;
import java.util.Map;

/**
 * Which agents run a staged change. It follows from what is stored of the change and from the
 * agent's name and labels alone, so that all controllers say the same; a later step has all of an
 * earlier one.
 */
public final class Cohort {
  /** Above every hash. */
  static final long ALL = 1L << 32;

  private Cohort() {}

  /** Whether it runs the change, as long as that is not over. */
  public static boolean includes(StagedChange change, String agent, Map<String, String> labels) {
    if (change.getStep() == 0) {
      return false;
    }
    if (hash(change.getNumber(), agent) < change.getThreshold()) {
      return true;
    }
    for (RolloutStep step : change.getPlan().getStepsList().subList(0, change.getStep())) {
      if (isOf(step, labels)) {
        return true;
      }
    }
    return false;
  }

  /** Whether it is a step to agents by their labels, and to one with these. */
  static boolean isOf(RolloutStep step, Map<String, String> labels) {
    return step.getAgentsCount() > 0
        && labels.entrySet().containsAll(step.getAgentsMap().entrySet());
  }

  /**
   * Below it lie the hashes of {@code percent} of these agents, rounded down, but of one at least.
   *
   * @param connected names of agents
   * @param before of the step before; it never falls
   */
  static long threshold(long number, double percent, Collection<String> connected, long before) {
    if (percent <= 0) {
      return before;
    }
    if (percent >= 100) {
      return ALL;
    }
    if (connected.isEmpty()) {
      return Math.max(before, (long) (ALL * percent / 100));
    }
    long[] hashes = connected.stream().mapToLong(name -> hash(number, name)).sorted().toArray();
    int count = Math.max(1, (int) (hashes.length * percent / 100));
    return Math.max(before, hashes[count - 1] + 1);
  }

  /**
   * 0 to 2^32 - 1: FNV-1a, finished as MurmurHash3 does it, of the name, begun from the number, so
   * that it is not always the same agents that go first.
   */
  static long hash(long number, String name) {
    long hash = 0xCBF29CE484222325L ^ number * 0x9E3779B97F4A7C15L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001B3L;
    }
    hash = (hash ^ hash >>> 33) * 0xFF51AFD7ED558CCDL;
    hash = (hash ^ hash >>> 33) * 0xC4CEB9FE1A85EC53L;
    return (hash ^ hash >>> 33) >>> 32;
  }
}
