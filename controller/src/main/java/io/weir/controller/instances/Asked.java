package io.weir.controller.instances;

import io.weir.v1.ScalerRecord;
import java.time.Duration;

/**
 * When the hook was called last, and when a recommendation was last said: whether it is time to
 * compare what there is with what was asked for. One thread at a time.
 */
final class Asked {
  /** After a call, before the number is compared with what was asked for. */
  private static final Duration SETTLING = Duration.ofSeconds(10);

  /** Where it takes the new endpoints themselves to tell. */
  private static final Duration LONG_SETTLING = Duration.ofSeconds(30);

  /** Between two recommendations that are noted but not acted on. */
  private static final Duration NOTING = Duration.ofSeconds(30);

  /** What comes within that time after a call comes of it. */
  private static final Duration COMING = Duration.ofMinutes(10);

  private static final long NEVER = Long.MIN_VALUE;

  private boolean begun;
  private boolean vanished;
  private long calledAt = NEVER;
  private long notedAt = NEVER;

  /** With the first look: what an earlier controller asked for may be on its way. */
  void begin(ScalerRecord record, long now) {
    if (!begun) {
      begun = true;
      calledAt = record.hasDecided() ? now : NEVER;
    }
  }

  /** The hook was called, and has done it. */
  void called(long now) {
    calledAt = now;
    vanished = false;
  }

  /** What was there is not any more, so there is nothing to wait for. */
  void vanished() {
    vanished = true;
  }

  /** Whether anything was asked for. */
  boolean anything() {
    return calledAt != NEVER;
  }

  /**
   * How long ago the call was that something came of, ns.
   *
   * @param age how long it has been there; what this is where nobody had called lately
   */
  long age(long age, long now) {
    long coming = now - calledAt - age;
    return calledAt != NEVER && coming >= 0 && coming <= COMING.toNanos() ? age + coming : age;
  }

  /** What was asked for would be there by now. */
  boolean isSettled(Situation is) {
    if (calledAt == NEVER) {
      return true;
    }
    boolean lists = is.listing().map(Listing::complete).orElse(false);
    long patience =
        lists ? SETTLING.toNanos() : Math.max(LONG_SETTLING.toNanos(), 2 * is.startup().toNanos());
    return vanished || is.now() - calledAt >= patience;
  }

  /** Whether a recommendation was noted lately. */
  boolean isNoted(long now) {
    return notedAt != NEVER && now - notedAt < NOTING.toNanos();
  }

  void noted(long now) {
    notedAt = now;
  }
}
