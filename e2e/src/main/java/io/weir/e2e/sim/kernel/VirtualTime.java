package io.weir.e2e.sim.kernel;

import java.util.PriorityQueue;

/** A clock that is moved by its events, each of which happens in no time. Not thread-safe. */
public final class VirtualTime {
  private record Event(long time, long number, Runnable what) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int order = Long.compare(time, other.time);
      return order != 0 ? order : Long.compare(number, other.number);
    }
  }

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long now;
  private long count;

  /** In ns since the beginning. */
  public long now() {
    return now;
  }

  /** How many events there have been or will be as far as is known. */
  public long count() {
    return count;
  }

  /** Events of one time happen in the order in which they were asked for. */
  public void at(long time, Runnable what) {
    events.add(new Event(Math.max(time, now), count++, what));
  }

  public void after(long delay, Runnable what) {
    at(now + delay, what);
  }

  /** False: there is no event at or before {@code end}, which it is now. */
  public boolean step(long end) {
    Event next = events.peek();
    if (next == null || next.time > end) {
      now = Math.max(now, end);
      return false;
    }
    events.remove();
    now = next.time;
    next.what.run();
    return true;
  }

  /** Everything up to and at {@code end}. */
  public void runTo(long end) {
    while (step(end)) {
      // all of it
    }
  }
}
