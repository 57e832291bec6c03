package io.weir.controller.health;

import java.util.Comparator;
import java.util.PriorityQueue;

/** When which endpoint is to be judged again, whatever is heard of it until then. */
final class Dues {
  private record Due(long at, Docket docket) {}

  private final PriorityQueue<Due> queue = new PriorityQueue<>(Comparator.comparingLong(Due::at));

  void add(long at, Docket docket) {
    queue.add(new Due(at, docket));
  }

  /** Long.MAX_VALUE: never, as it is. */
  long next() {
    return queue.isEmpty() ? Long.MAX_VALUE : queue.element().at();
  }

  /** The first of them, of which there must be one; it is due no more. */
  Docket take() {
    return queue.remove().docket();
  }
}
