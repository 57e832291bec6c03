package io.weir.e2e.sim.balance;

import java.util.Arrays;

/** As {@link EventHeap}, by amounts of work in place of times. */
final class WorkHeap {
  private double[] works = new double[64];
  private int[] items = new int[64];
  private int size;

  int size() {
    return size;
  }

  /** Of the first one; any number when there is none. */
  double first() {
    return works[0];
  }

  void add(double work, int item) {
    if (size == works.length) {
      works = Arrays.copyOf(works, size * 2);
      items = Arrays.copyOf(items, size * 2);
    }
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (works[parent] <= work) {
        break;
      }
      works[at] = works[parent];
      items[at] = items[parent];
      at = parent;
    }
    works[at] = work;
    items[at] = item;
  }

  /**
   * Takes the first one out.
   *
   * @throws IllegalStateException when there is none
   */
  int poll() {
    if (size == 0) {
      throw new IllegalStateException("empty");
    }
    int first = items[0];
    size--;
    double work = works[size];
    int item = items[size];
    int at = 0;
    for (int child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && works[child + 1] < works[child]) {
        child++;
      }
      if (works[child] >= work) {
        break;
      }
      works[at] = works[child];
      items[at] = items[child];
      at = child;
    }
    works[at] = work;
    items[at] = item;
    return first;
  }
}
