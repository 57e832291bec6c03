package io.weir.e2e.sim.balance;

import java.io.IOException;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Waiting for sockets that ends on time, where {@link Selector#select(long)} knows milliseconds.
 */
final class Wakeful {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LONGEST = 100 * MILLI;

  private Wakeful() {}

  /**
   * Waits until something is ready or the time has passed, but never longer than a tenth of a
   * second.
   */
  static void select(Selector selector, long nanos) throws IOException {
    long wait = Math.min(nanos, LONGEST);
    if (wait >= MILLI) {
      selector.select(wait / MILLI);
    } else {
      if (wait > 0 && selector.selectNow() == 0) {
        LockSupport.parkNanos(wait);
      }
      selector.selectNow();
    }
  }
}
