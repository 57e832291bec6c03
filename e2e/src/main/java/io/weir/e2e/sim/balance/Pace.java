package io.weir.e2e.sim.balance;

/**
 * How fast a server works, as a function of time: at its full speed, but for the beginning of every
 * period, in which it stalls.
 *
 * @param speed in nanoseconds of work done per nanosecond and core, when it does not stall
 * @param stalled what remains of it in a stall, above 0, at most 1
 * @param stallNanos how long a stall lasts, from 0 to the period
 * @param periodNanos above 0
 * @param phaseNanos how far into a period it is at time 0, from 0 to the period
 */
record Pace(double speed, double stalled, long stallNanos, long periodNanos, long phaseNanos) {
  private static final long ANY_PERIOD = 1_000_000_000L;

  /** Never stalls. */
  static Pace steady(double speed) {
    return new Pace(speed, 1, 0, ANY_PERIOD, 0);
  }

  double speedAt(long now) {
    return stallNanos > 0 && (now + phaseNanos) % periodNanos < stallNanos
        ? speed * stalled
        : speed;
  }

  /** Over whole periods. */
  double meanSpeed() {
    return workPerPeriod() / periodNanos;
  }

  /** What a core that is always busy has done since the beginning of the first period. */
  double workUntil(long now) {
    long periods = (now + phaseNanos) / periodNanos;
    long into = (now + phaseNanos) % periodNanos;
    long slow = Math.min(into, stallNanos);
    return periods * workPerPeriod() + speed * (stalled * slow + (into - slow));
  }

  /** When {@link #workUntil} reaches so much, rounded up. */
  long whenDone(double work) {
    double periods = Math.floor(work / workPerPeriod());
    double rest = work / speed - periods * workPerPeriod() / speed;
    double slowWork = stalled * stallNanos;
    double into = rest <= slowWork ? rest / stalled : stallNanos + (rest - slowWork);
    return ((long) periods) * periodNanos + (long) Math.ceil(into) - phaseNanos;
  }

  private double workPerPeriod() {
    return speed * (stalled * stallNanos + (periodNanos - stallNanos));
  }
}
