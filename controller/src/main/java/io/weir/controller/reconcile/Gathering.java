package io.weir.controller.reconcile;

/**
 * When changes go out: the first at once, those that follow it together once a window has passed.
 * Where more come while the agents still have to answer to those before, telling them gets half of
 * the time: the next go out once it is twice as long as that took. So a flood of changes is
 * gathered into fewer messages, the more of them the slower the fleet answers. Agents that do not
 * answer at all hold that up once, and not again until they have. Pure; times are monotonic, in ns.
 */
final class Gathering {
  /** How soon to look again whether the agents have answered. */
  static final long LOOK = 5_000_000;

  private final long window;
  private final long most;
  private long last;
  private long due;
  private boolean quiet = true;
  private boolean waiting;
  private boolean crowded;
  private boolean stuck;

  /**
   * @param most how long changes wait at most, whoever does not answer
   */
  Gathering(long window, long most) {
    this.window = window;
    this.most = most;
  }

  /**
   * Something has changed.
   *
   * @param owing more than a few agents have yet to answer to what went out last
   * @return how long from now to {@link #look}, 0: to let all out at once; -1: that is arranged for
   */
  long changed(long now, boolean owing) {
    if (waiting) {
      return -1;
    }
    stuck &= owing;
    crowded = owing && !stuck;
    due = last + (crowded ? most : window);
    waiting = true;
    return quiet ? 0 : look(now, owing);
  }

  /**
   * @return how long from now to look again; 0: to let all out at once
   */
  long look(long now, boolean owing) {
    if (crowded && !owing) {
      crowded = false;
      due = last + Math.min(most, Math.max(window, 2 * (now - last)));
    }
    long left = Math.max(0, due - now);
    return crowded ? Math.min(left, LOOK) : left;
  }

  /** All that had changed is let out. */
  void out(long now) {
    last = now;
    quiet = false;
    stuck |= crowded;
    crowded = false;
    waiting = false;
  }
}
