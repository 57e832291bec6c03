package io.weir.agent.membership;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Rumors to pass on. Those sent least often go first, newer ones before older; each is dropped when
 * it was sent often enough for all to have heard it, or when there is a newer one of the same
 * subject.
 */
final class RumorQueue {
  private final int capacity;
  private final Map<Object, Entry> bySubject = new HashMap<>();
  private final TreeSet<Entry> order = new TreeSet<>();
  private long numbers;

  private record Entry(int sent, long number, Rumor rumor) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      int bySent = Integer.compare(sent, other.sent);
      return bySent != 0 ? bySent : Long.compare(other.number, number);
    }
  }

  /** Beyond {@code capacity} the one that was sent most often is dropped. */
  RumorQueue(int capacity) {
    this.capacity = capacity;
  }

  void add(Rumor rumor) {
    remove(rumor.subject());
    put(new Entry(0, numbers++, rumor));
    if (order.size() > capacity) {
      remove(order.last().rumor.subject());
    }
  }

  boolean isEmpty() {
    return order.isEmpty();
  }

  int size() {
    return order.size();
  }

  /**
   * Takes what fits, and keeps what has been sent less than {@code limit} times then.
   *
   * @return bytes left
   */
  int take(int bytes, int limit, List<Rumor> into) {
    int left = bytes;
    List<Entry> taken = new ArrayList<>();
    for (Entry entry : order) {
      int size = entry.rumor.size();
      if (size > left) {
        break;
      }
      left -= size;
      taken.add(entry);
    }
    for (Entry entry : taken) {
      into.add(entry.rumor);
      remove(entry.rumor.subject());
      if (entry.sent + 1 < limit) {
        put(new Entry(entry.sent + 1, entry.number, entry.rumor));
      }
    }
    return left;
  }

  private void put(Entry entry) {
    bySubject.put(entry.rumor.subject(), entry);
    order.add(entry);
  }

  private void remove(Object subject) {
    Entry entry = bySubject.remove(subject);
    if (entry != null) {
      order.remove(entry);
    }
  }
}
