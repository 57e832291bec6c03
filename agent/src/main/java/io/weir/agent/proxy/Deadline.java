package io.weir.agent.proxy;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A time-out that is moved far more often than it fires: moving it later costs a field, the timer
 * finds out when it fires early. Confined to one event loop.
 */
final class Deadline {
  private static final long NONE = -1;

  private final Vertx vertx;
  private final LongSupplier nanos;
  private long duration;
  private long due;
  private long timerDue;
  private long timer = NONE;
  private Runnable action = () -> {};

  Deadline(Vertx vertx, LongSupplier nanos) {
    this.vertx = vertx;
    this.nanos = nanos;
  }

  /** Replaces what was waited for before. */
  void in(Duration wait, Runnable whenDue) {
    duration = wait.toNanos();
    action = whenDue;
    due = nanos.getAsLong() + duration;
    if (timer == NONE || timerDue - due > 0) {
      cancel();
      arm(duration);
    }
  }

  /** Starts the wait anew. */
  void touch() {
    due = nanos.getAsLong() + duration;
  }

  void cancel() {
    if (timer != NONE) {
      vertx.cancelTimer(timer);
      timer = NONE;
    }
  }

  private void arm(long wait) {
    timerDue = nanos.getAsLong() + wait;
    // Rounded up: a timer that fires too early only fires again.
    timer = vertx.setTimer(Math.max(1, (wait + 999_999) / 1_000_000), id -> fired());
  }

  private void fired() {
    timer = NONE;
    long left = due - nanos.getAsLong();
    if (left > 0) {
      arm(left);
    } else {
      action.run();
    }
  }
}
