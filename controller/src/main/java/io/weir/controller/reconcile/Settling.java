package io.weir.controller.reconcile;

import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Who of the connected agents does not yet run what it should, and who waits for that. Confined to
 * the loop's thread.
 */
final class Settling {
  private final Set<AgentChannel> unsettled = new HashSet<>();
  private final Map<Long, CompletableFuture<Void>> waiting = new TreeMap<>();
  private long seen;

  /** All that is known of is at {@code revision}, and the agents have been looked at. */
  void seen(long revision) {
    seen = revision;
    tell();
  }

  void is(AgentChannel channel, boolean settled) {
    if (!settled) {
      unsettled.add(channel);
    } else if (unsettled.remove(channel)) {
      tell();
    }
  }

  CompletableFuture<Void> at(long revision) {
    CompletableFuture<Void> reached =
        waiting.computeIfAbsent(revision, _ -> new CompletableFuture<>());
    tell();
    return reached;
  }

  private void tell() {
    if (!unsettled.isEmpty() || waiting.isEmpty()) {
      return;
    }
    Iterator<Map.Entry<Long, CompletableFuture<Void>>> each = waiting.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<Long, CompletableFuture<Void>> next = each.next();
      if (next.getKey() > seen) {
        return;
      }
      each.remove();
      next.getValue().complete(null);
    }
  }
}
