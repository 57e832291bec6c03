package io.weir.controller.reconcile;

/**
 * When changes go out: the first at once, those that follow it together once a window has passed.
 * Pure; times are monotonic, in ns.
 */
final class Gathering {
  private final long window;
  private long last;
  private boolean quiet = true;
  private boolean waiting;

  Gathering(long window) {
    this.window = window;
  }

  /**
   * Something has changed.
   *
   * @return how long from now to let them out, 0: at once; -1: that is arranged for already
   */
  long changed(long now) {
    if (waiting) {
      return -1;
    }
    long left = quiet ? 0 : Math.max(0, window - (now - last));
    waiting = left > 0;
    return left;
  }

  /** All that had changed is let out. */
  void out(long now) {
    last = now;
    quiet = false;
    waiting = false;
  }
}
