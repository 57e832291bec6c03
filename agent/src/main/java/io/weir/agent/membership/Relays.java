package io.weir.agent.membership;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Probes that this member makes for others. */
final class Relays {
  private static final int CAPACITY = 1_000;

  /** By the number of this member's own ping; in order of time, as all wait equally long. */
  private final Map<Long, Relay> open = new LinkedHashMap<>();

  private long shift;

  /**
   * @param number of the one that asked
   * @param due when it is told that there was no answer yet, ns
   */
  record Relay(Peer asked, long number, long due) {}

  /** Whether there was room. */
  boolean add(long ownNumber, Relay relay) {
    if (open.size() >= CAPACITY) {
      return false;
    }
    open.put(ownNumber, new Relay(relay.asked(), relay.number(), relay.due() - shift));
    return true;
  }

  /** The target has answered. */
  @Nullable Relay answered(long ownNumber) {
    return open.remove(ownNumber);
  }

  void later(long nanos) {
    shift += nanos;
  }

  long due() {
    return open.isEmpty() ? Long.MAX_VALUE : open.values().iterator().next().due() + shift;
  }

  /** Those whose target has not answered in time; a later answer is not passed on. */
  List<Relay> silent(long now) {
    List<Relay> silent = new ArrayList<>();
    for (Iterator<Relay> i = open.values().iterator(); i.hasNext(); ) {
      Relay relay = i.next();
      if (relay.due() + shift > now) {
        break;
      }
      silent.add(relay);
      i.remove();
    }
    return silent;
  }
}
