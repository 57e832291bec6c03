package io.weir.controller.reconcile;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many bytes of whole snapshots may be on their way at once, since each stands in memory once
 * for each agent that it goes to; further ones wait for their turn. One that is not answered keeps
 * its place for a while only, so that no agent waits for a slow one. One of any size may go when
 * there is no other. Confined to the loop's thread; time is counted by {@link #tick}.
 */
final class Admission {
  private final long most;
  private final int patience;
  private final Map<AgentChannel, Underway> underway = new HashMap<>();
  private final Map<AgentChannel, Waiting> waiting = new LinkedHashMap<>();
  private long bytes;
  private int now;

  private record Underway(long bytes, int since) {}

  private record Waiting(long bytes, Runnable send) {}

  /**
   * @param most bytes
   * @param patience ticks
   */
  Admission(long most, int patience) {
    this.most = most;
    this.patience = patience;
  }

  /** Runs {@code send} now or later, unless {@link #over} comes first. */
  void enter(AgentChannel to, long size, Runnable send) {
    over(to);
    waiting.put(to, new Waiting(size, send));
    admit();
  }

  /** It has been answered, or the stream is gone. */
  void over(AgentChannel to) {
    waiting.remove(to);
    Underway was = underway.remove(to);
    if (was != null) {
      bytes -= was.bytes();
      admit();
    }
  }

  /** Whether any waits: then ticks are due. */
  boolean areAnyWaiting() {
    return !waiting.isEmpty();
  }

  void tick() {
    now++;
    underway
        .values()
        .removeIf(each -> {
          boolean late = now - each.since() >= patience;
          bytes -= late ? each.bytes() : 0;
          return late;
        });
    admit();
  }

  private void admit() {
    Iterator<Map.Entry<AgentChannel, Waiting>> each = waiting.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<AgentChannel, Waiting> next = each.next();
      long size = next.getValue().bytes();
      if (bytes > 0 && bytes + size > most) {
        return;
      }
      each.remove();
      bytes += size;
      underway.put(next.getKey(), new Underway(size, now));
      next.getValue().send().run();
    }
  }
}
