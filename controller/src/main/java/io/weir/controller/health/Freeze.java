package io.weir.controller.health;

import java.util.ArrayDeque;

/**
 * Whether too much fails at once. Counts endpoints that began to fail within the last window;
 * bounded by the number of endpoints, since each counts once until it is well again.
 */
final class Freeze {
  private final Settings settings;
  private final ArrayDeque<Long> looms = new ArrayDeque<>();
  private boolean frozen;
  private long since;

  Freeze(Settings settings) {
    this.settings = settings;
  }

  boolean isFrozen() {
    return frozen;
  }

  /** When it may end at the earliest. */
  long until() {
    long oldest = looms.isEmpty() ? since : looms.getFirst();
    return Math.max(since, oldest) + settings.window();
  }

  int failing(long now) {
    while (!looms.isEmpty() && now - looms.peekFirst() >= settings.window()) {
      looms.removeFirst();
    }
    return looms.size();
  }

  private static int threshold(int endpoints, Settings settings) {
    return Math.max(settings.freezeLeast(), (int) (settings.freezeShare() * endpoints));
  }

  /** One more began to fail. Returns whether that froze it. */
  boolean loomed(int endpoints, long now) {
    looms.addLast(now);
    if (looms.size() > 2 * Math.max(endpoints, settings.freezeLeast())) {
      looms.removeFirst();
    }
    if (!frozen && failing(now) > threshold(endpoints, settings)) {
      frozen = true;
      since = now;
      return true;
    }
    return false;
  }

  /** Returns whether that ended it. */
  boolean calmed(int endpoints, long now) {
    if (frozen
        && now - since >= settings.window()
        && failing(now) <= threshold(endpoints, settings) / 2) {
      frozen = false;
      return true;
    }
    return false;
  }

  /** By the operator's word: what has failed so far is not held against anyone. */
  boolean end() {
    boolean was = frozen;
    frozen = false;
    looms.clear();
    return was;
  }
}
