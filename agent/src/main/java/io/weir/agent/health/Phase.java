package io.weir.agent.health;

import io.weir.agent.health.Assignment.Place;
import java.nio.charset.StandardCharsets;

/**
 * When in each interval an observer probes: the same point for all agents by the endpoint's hash,
 * moved on by the observer's place.
 */
final class Phase {
  private Phase() {}

  /**
   * How long from now until the first such point.
   *
   * @param interval ns
   * @param wallMillis since the epoch
   * @return ns, 0 to interval - 1
   */
  static long wait(Target target, Place place, long interval, long wallMillis) {
    long phase = Math.floorMod(hash(target), interval);
    phase += interval / place.observers() * place.place();
    long within = Math.floorMod(Math.floorMod(wallMillis * 1_000_000, interval), interval);
    return Math.floorMod(phase - within, interval);
  }

  /** FNV-1a with the finish of SplitMix64, so that near addresses are far apart. */
  static long hash(Target target) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : (target.pool() + '\n' + target.endpoint()).getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
    return hash ^ (hash >>> 31);
  }
}
