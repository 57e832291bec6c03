package io.weir.controller.failover;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.weir.v1.Uptime;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;

/** Time up and down of one thing. */
final class Meter {
  private static final long SECOND = 1_000_000_000L;

  /** Of a month that may be down for 99.999 %. */
  private static final double BUDGET = 0.00001;

  enum State {
    UNKNOWN,
    UP,
    DOWN
  }

  private final Instant since;
  private long observed;
  private long down;
  private long downThisMonth;
  private YearMonth month;
  private State state = State.UNKNOWN;
  private long at;

  Meter(long now, Instant wall) {
    this.since = wall;
    this.month = month(wall);
    this.at = now;
  }

  static Meter restored(Uptime from, YearMonth month, long now) {
    Meter meter =
        new Meter(
            now, Instant.ofEpochSecond(from.getSince().getSeconds(), from.getSince().getNanos()));
    meter.observed = nanos(from.getObserved());
    meter.down = nanos(from.getDown());
    meter.downThisMonth = nanos(from.getDownThisMonth());
    meter.month = month;
    return meter;
  }

  void become(State next, long now, Instant wall) {
    advance(now, wall);
    state = next;
  }

  private void advance(long now, Instant wall) {
    long elapsed = Math.max(0, now - at);
    at = now;
    YearMonth current = month(wall);
    long thisMonth = elapsed;
    if (!current.equals(month)) {
      month = current;
      downThisMonth = 0;
      Instant first = current.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
      thisMonth = Math.min(elapsed, java.time.Duration.between(first, wall).toNanos());
    }
    if (state != State.UNKNOWN) {
      observed += elapsed;
    }
    if (state == State.DOWN) {
      down += elapsed;
      downThisMonth += Math.max(0, thisMonth);
    }
  }

  Uptime read(long now, Instant wall) {
    advance(now, wall);
    long budget = (long) (BUDGET * month.lengthOfMonth() * 24 * 3_600 * SECOND);
    return Uptime.newBuilder()
        .setSince(
            Timestamp.newBuilder().setSeconds(since.getEpochSecond()).setNanos(since.getNano()))
        .setObserved(duration(observed))
        .setDown(duration(down))
        .setDownThisMonth(duration(downThisMonth))
        .setBudgetLeft(duration(budget - downThisMonth))
        .build();
  }

  static YearMonth month(Instant wall) {
    return YearMonth.from(wall.atOffset(ZoneOffset.UTC));
  }

  private static long nanos(Duration duration) {
    return duration.getSeconds() * SECOND + duration.getNanos();
  }

  private static Duration duration(long nanos) {
    return Duration.newBuilder()
        .setSeconds(nanos / SECOND)
        .setNanos((int) (nanos % SECOND))
        .build();
  }
}
