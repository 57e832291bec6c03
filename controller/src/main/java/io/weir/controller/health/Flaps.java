package io.weir.controller.health;

/**
 * How often an endpoint was ejected lately, and until when it stays out for that.
 *
 * @param ejections that count
 * @param last when the last one was; times are of the board's clock, nanoseconds
 * @param heldUntil not healthy again before
 */
public record Flaps(int ejections, long last, long heldUntil) {
  public static final Flaps NONE = new Flaps(0, 0, Long.MIN_VALUE);

  Flaps ejected(long now, Settings settings) {
    int count = current(now, settings).ejections + 1;
    long hold =
        count < 2
            ? 0
            : Math.min(settings.holdMost(), settings.holdBase() << Math.min(count - 2, 20));
    return new Flaps(count, now, now + hold);
  }

  /** Without what no longer counts. */
  Flaps current(long now, Settings settings) {
    return ejections > 0 && now - last > settings.flapWindow() ? NONE : this;
  }
}
