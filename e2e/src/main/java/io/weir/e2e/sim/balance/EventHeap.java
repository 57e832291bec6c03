package io.weir.e2e.sim.balance;

import java.util.Arrays;

/**
 * Numbers in order of their times, equal times in any order: a binary heap in two arrays, which
 * allocates only while it grows.
 */
final class EventHeap {
  private long[] times = new long[1024];
  private int[] items = new int[1024];
  private int size;

  /** Of the first one; {@link Long#MAX_VALUE} when there is none. */
  long firstTime() {
    return size == 0 ? Long.MAX_VALUE : times[0];
  }

  void add(long time, int item) {
    if (size == times.length) {
      times = Arrays.copyOf(times, size * 2);
      items = Arrays.copyOf(items, size * 2);
    }
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (times[parent] <= time) {
        break;
      }
      times[at] = times[parent];
      items[at] = items[parent];
      at = parent;
    }
    times[at] = time;
    items[at] = item;
  }

  /**
   * Takes the first one out.
   *
   * @throws IllegalStateException when there is none
   */
  int poll() {
    if (size == 0) {
      throw new IllegalStateException("no event");
    }
    int first = items[0];
    size--;
    long time = times[size];
    int item = items[size];
    int at = 0;
    for (int child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && times[child + 1] < times[child]) {
        child++;
      }
      if (times[child] >= time) {
        break;
      }
      times[at] = times[child];
      items[at] = items[child];
      at = child;
    }
    times[at] = time;
    items[at] = item;
    return first;
  }
}
