package io.weir.agent.balance;

/**
 * Slots by the time of their next turn: a heap in one array, each entry a time in fixed point with
 * the slot in its lower bits.
 */
final class TurnQueue {
  /** Children of an entry: they lie in one or two cache lines. */
  private static final int WAYS = 4;

  private static final int SLOT_BITS = 16;
  private static final long SLOTS = (1L << SLOT_BITS) - 1;

  /** Of one unit of virtual time. */
  private static final double SCALE = 1L << 36;

  private static final long LATE = 1L << 61;

  private final long[] heap;

  /** Between turns, by slot; shifted as in the heap. */
  private final long[] intervals;

  /** Virtual time at 0. */
  private double base;

  TurnQueue(Candidate[] members) {
    int n = members.length;
    if (n > SLOTS) {
      throw new IllegalArgumentException(n + " endpoints");
    }
    heap = new long[n];
    intervals = new long[n];
    base = Double.POSITIVE_INFINITY;
    for (Candidate member : members) {
      base = Math.min(base, member.turn);
    }
    for (int slot = 0; slot < n; slot++) {
      intervals[slot] = fixed(members[slot].inverse());
      heap[slot] = fixed(members[slot].turn - base) | slot;
    }
    for (int at = (n - 2) / WAYS; at >= 0; at--) {
      down(at, heap[at]);
    }
  }

  private static long fixed(double time) {
    return (long) (time * SCALE) << SLOT_BITS;
  }

  /** The slot whose turn it is. */
  int first() {
    return (int) (heap[0] & SLOTS);
  }

  /** When that is. */
  double time() {
    return base + (heap[0] >>> SLOT_BITS) / SCALE;
  }

  /** The time of a slot's next turn, in units of its own; slow. */
  double due(int slot) {
    for (long entry : heap) {
      if ((entry & SLOTS) == slot) {
        return entry >>> SLOT_BITS;
      }
    }
    throw new IllegalArgumentException("slot " + slot);
  }

  /** It has had its turn: its next one is an interval later. */
  void again() {
    long entry = heap[0] + intervals[first()];
    down(0, entry);
    if (heap[0] > LATE) {
      rebase();
    }
  }

  /** The slot whose turn is the first of those that have not been tried; -1: all have. Slow. */
  int firstUntried(Candidate[] members) {
    long best = Long.MAX_VALUE;
    for (long entry : heap) {
      if (entry < best && !members[(int) (entry & SLOTS)].tried()) {
        best = entry;
      }
    }
    return best == Long.MAX_VALUE ? -1 : (int) (best & SLOTS);
  }

  /** It has had its turn, before others perhaps. Slow. */
  void again(int slot) {
    for (int at = 0; at < heap.length; at++) {
      if ((heap[at] & SLOTS) == slot) {
        down(at, heap[at] + intervals[slot]);
        return;
      }
    }
  }

  private void rebase() {
    long passed = heap[0] & ~SLOTS;
    base += (passed >>> SLOT_BITS) / SCALE;
    for (int i = 0; i < heap.length; i++) {
      heap[i] -= passed; // the order stays
    }
  }

  private void down(int from, long entry) {
    long[] h = heap;
    int at = from;
    int child = WAYS * at + 1;
    while (child < h.length) {
      int end = Math.min(child + WAYS, h.length);
      int least = child;
      for (int other = child + 1; other < end; other++) {
        least = h[other] < h[least] ? other : least;
      }
      if (h[least] >= entry) {
        break;
      }
      h[at] = h[least];
      at = least;
      child = WAYS * at + 1;
    }
    h[at] = entry;
  }
}
