package io.weir.controller.health;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Whether too much fails at once. Counts endpoints that began to fail within the last window, each
 * once however often it did.
 */
final class Freeze {
  private final Settings settings;

  /** When each began to fail last, oldest first. */
  private final Map<Target, Long> looms = new LinkedHashMap<>();

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
    long oldest = looms.isEmpty() ? since : looms.values().iterator().next();
    return Math.max(since, oldest) + settings.window();
  }

  int failing(long now) {
    Iterator<Long> oldest = looms.values().iterator();
    while (oldest.hasNext() && now - oldest.next() >= settings.window()) {
      oldest.remove();
    }
    return looms.size();
  }

  private static int threshold(int endpoints, Settings settings) {
    return Math.max(settings.freezeLeast(), (int) (settings.freezeShare() * endpoints));
  }

  /** It began to fail. Returns whether that froze it. */
  boolean loomed(Target target, int endpoints, long now) {
    looms.remove(target);
    looms.put(target, now);
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
