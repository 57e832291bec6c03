package io.weir.controller.security;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * What ends at a certain time unless it is over before. Streams go before the connections that they
 * are on, so that whoever holds one is told why. Safe from any thread.
 */
public final class Lifetimes {
  /** What it is that ends. */
  enum Kind {
    STREAM,
    CONNECTION
  }

  private record Key(Instant end, Kind kind, long number) {}

  private final TreeMap<Key, Runnable> ends =
      new TreeMap<>(
          Comparator.comparing(Key::end).thenComparing(Key::kind).thenComparingLong(Key::number));
  private long number;

  /**
   * @param over called once by {@link #look}, at {@code end} or later
   * @return takes it back; without harm if it has ended
   */
  synchronized Runnable add(Instant end, Kind kind, Runnable over) {
    Key key = new Key(end, kind, ++number);
    ends.put(key, over);
    return () -> remove(key);
  }

  private synchronized void remove(Key key) {
    ends.remove(key);
  }

  /** Ends whatever is to have ended by {@code now}. To be called every now and then. */
  public void look(Instant now) {
    due(now).forEach(Runnable::run);
  }

  private synchronized List<Runnable> due(Instant now) {
    List<Key> keys = new ArrayList<>();
    for (Key key : ends.keySet()) {
      if (key.end().isAfter(now)) {
        break;
      }
      keys.add(key);
    }
    List<Runnable> due = new ArrayList<>();
    keys.stream()
        .sorted(Comparator.comparing(Key::kind))
        .forEach(key -> {
          Runnable over = ends.remove(key);
          if (over != null) {
            due.add(over);
          }
        });
    return due;
  }

  synchronized int size() {
    return ends.size();
  }
}
