package io.weir.agent.balance;

import org.jspecify.annotations.Nullable;

/**
 * Candidates by load for their weight, among equals by whose turn it is. A binary heap that is kept
 * up as requests begin and end, so that the least loaded is always known and a change costs O(log
 * n).
 */
final class LoadHeap {
  private final Candidate[] members;
  private final double[] loads;
  private final double[] turns;

  /** Slots of members, the least first. */
  private final int[] heap;

  /** Where in the heap each slot is. */
  private final int[] places;

  private int nextLook;

  /** {@code members} in the order of their slots. */
  LoadHeap(Candidate[] members, long now) {
    this.members = members;
    int n = members.length;
    loads = new double[n];
    turns = new double[n];
    heap = new int[n];
    places = new int[n];
    for (int slot = 0; slot < n; slot++) {
      Candidate member = members[slot];
      loads[slot] = member.measure().load(now) * member.inverse();
      turns[slot] = member.turn;
      heap[slot] = places[slot] = slot;
      member.heap = this;
    }
    for (int at = n / 2 - 1; at >= 0; at--) {
      down(at, heap[at]);
    }
  }

  /** Its load or its turn is another one. */
  void changed(Candidate member) {
    int slot = member.slot;
    loads[slot] = member.measure().loadKnown() * member.inverse();
    turns[slot] = member.turn;
    int at = places[slot];
    if (at > 0 && less(slot, heap[(at - 1) >>> 1])) {
      up(at, slot);
    } else {
      down(at, slot);
    }
  }

  /** Looks what other loops and agents have under way, at some members with each call. */
  void look(long now) {
    for (int i = 0; i < 2; i++) {
      nextLook = nextLook + 1 < members.length ? nextLook + 1 : 0;
      members[nextLook].look(now);
    }
  }

  /** Null: all have been tried. */
  @Nullable Candidate least() {
    Candidate top = members[heap[0]];
    if (!top.tried()) {
      return top;
    }
    int best = untried(0, -1);
    return best < 0 ? null : members[best];
  }

  /** The least slot that was not tried, at or below {@code at}; those below it are not less. */
  private int untried(int at, int best) {
    if (at >= heap.length) {
      return best;
    }
    int slot = heap[at];
    if (best >= 0 && !less(slot, best)) {
      return best;
    }
    if (!members[slot].tried()) {
      return slot;
    }
    return untried(2 * at + 2, untried(2 * at + 1, best));
  }

  private boolean less(int a, int b) {
    double difference = loads[a] - loads[b];
    return difference < 0
        || difference == 0 && (turns[a] < turns[b] || turns[a] == turns[b] && a < b);
  }

  private void up(int from, int slot) {
    int at = from;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (!less(slot, heap[parent])) {
        break;
      }
      put(heap[parent], at);
      at = parent;
    }
    put(slot, at);
  }

  private void down(int from, int slot) {
    int at = from;
    int n = heap.length;
    while (true) {
      int child = 2 * at + 1;
      if (child >= n) {
        break;
      }
      if (child + 1 < n && less(heap[child + 1], heap[child])) {
        child++;
      }
      if (!less(heap[child], slot)) {
        break;
      }
      put(heap[child], at);
      at = child;
    }
    put(slot, at);
  }

  private void put(int slot, int at) {
    heap[at] = slot;
    places[slot] = at;
  }
}
