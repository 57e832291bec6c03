package io.weir.e2e.live;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for a condition with a deadline. */
public final class Await {
  private static final long POLL_NANOS = Duration.ofMillis(20).toNanos();

  private Await() {}

  /** Did not come true in time; the message says what and how long. */
  public static final class TimedOut extends RuntimeException {
    private static final long serialVersionUID = 1;

    TimedOut(String message) {
      super(message);
    }
  }

  /**
   * Polls every 20 ms.
   *
   * @param what ends the sentence "timed out after 5 s waiting for ..."
   * @throws TimedOut at the deadline
   */
  public static void until(String what, Duration deadline, BooleanSupplier condition) {
    value(what, deadline, () -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty());
  }

  /** As {@link #until}, for a value that is there at last. */
  public static <T> T value(String what, Duration deadline, Supplier<Optional<T>> source) {
    long end = System.nanoTime() + deadline.toNanos();
    while (true) {
      Optional<T> value = source.get();
      if (value.isPresent()) {
        return value.get();
      }
      if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
        throw new TimedOut(
            "timed out after %d s waiting for %s".formatted(deadline.toSeconds(), what));
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }
}
