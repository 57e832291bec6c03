package io.weir.controller.health;

import com.google.protobuf.Duration;
import io.weir.v1.HealthCheck;

/**
 * How the endpoints of a pool are probed, defaults filled in.
 *
 * @param rise passes in a row that make one healthy, at least 1
 * @param fall failures in a row that make one unhealthy, at least 1
 * @param interval between two probes by the clock, nanoseconds
 * @param timeout of one probe, nanoseconds
 * @param downInterval between two probes of one that an agent holds to be down, nanoseconds, at
 *     least the interval
 */
public record Check(int rise, int fall, long interval, long timeout, long downInterval) {
  private static final long SECOND = 1_000_000_000L;

  public Check {
    if (rise < 1 || fall < 1 || interval < 1 || timeout < 1) {
      throw new IllegalArgumentException("rise, fall, interval and timeout are above 0");
    }
  }

  /** With one interval for all. */
  public Check(int rise, int fall, long interval, long timeout) {
    this(rise, fall, interval, timeout, interval);
  }

  /** Of a check that the validator has passed. */
  public static Check of(HealthCheck check) {
    long interval = check.hasInterval() ? nanos(check.getInterval()) : 2 * SECOND;
    return new Check(
        check.getRise() == 0 ? 2 : check.getRise(),
        check.getFall() == 0 ? 3 : check.getFall(),
        interval,
        check.hasTimeout() ? nanos(check.getTimeout()) : Math.min(SECOND, interval),
        Math.max(interval, check.hasDownInterval() ? nanos(check.getDownInterval()) : 0));
  }

  static long nanos(Duration duration) {
    return duration.getSeconds() * SECOND + duration.getNanos();
  }

  /**
   * Failures in a row, of all agents together or of one for itself, that no loss of a few packets
   * explains.
   */
  int proof() {
    return 2 * fall - 1;
  }

  /**
   * A failure that was under way for longer is no news: the next message says what became of it.
   */
  long patience() {
    return Math.max(2 * SECOND, Math.max(interval, downInterval) + timeout);
  }

  /** How long what an agent said stands by itself. */
  long horizon() {
    return Math.max(10 * SECOND, 3 * Math.max(interval, downInterval));
  }
}
