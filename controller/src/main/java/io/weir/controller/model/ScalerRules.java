package io.weir.controller.model;

import static io.weir.controller.model.Durations.millis;
import static io.weir.controller.model.Durations.minutes;
import static io.weir.controller.model.Durations.seconds;

import io.weir.controller.scaling.Cron;
import io.weir.v1.ScaleBehavior;
import io.weir.v1.ScaleMode;
import io.weir.v1.ScalePolicy;
import io.weir.v1.ScaleSchedule;
import io.weir.v1.ScaleSelect;
import io.weir.v1.ScaleTargets;
import io.weir.v1.ScalerSpec;
import java.time.DateTimeException;
import java.time.ZoneId;

/** What a Scaler may say; the ranges are those that scaling.proto names. */
final class ScalerRules {
  static final int MAX_ENDPOINTS = 4_096;

  private static final int MAX_POLICIES = 8;
  private static final int MAX_SCHEDULES = 32;
  private static final long HOUR = minutes(60);
  private static final long DAY = minutes(24 * 60);

  private ScalerRules() {}

  static void check(ScalerSpec spec, Problems.On on) {
    if (spec.getPool().isEmpty()) {
      on.add("pool", "is missing; name the pool whose endpoints come and go");
    }
    bounds(spec, on);
    targets(spec.getTargets(), on);
    behavior("out", spec.getOut(), on);
    behavior("in", spec.getIn(), on);
    if (spec.hasStartup()) {
      Durations.range(on, "startup", spec.getStartup(), millis(1), HOUR);
    }
    if (spec.hasDrainTimeout()) {
      Durations.range(on, "drain_timeout", spec.getDrainTimeout(), 0, DAY);
    }
    if (spec.getScheduleCount() > MAX_SCHEDULES) {
      on.add("schedule", "has %d; at most %d".formatted(spec.getScheduleCount(), MAX_SCHEDULES));
    }
    for (int i = 0; i < spec.getScheduleCount(); i++) {
      schedule("schedule[" + i + "].", spec.getSchedule(i), spec, on);
    }
    if (spec.hasHook()) {
      HookRules.check(spec.getHook(), on);
    }
    if (spec.getMode() == ScaleMode.UNRECOGNIZED) {
      on.add("mode", "must be off, recommend or act");
    }
  }

  /** What holds where no schedule says otherwise. */
  private static int min(ScalerSpec spec) {
    return spec.hasMin() ? spec.getMin() : 1;
  }

  private static void bounds(ScalerSpec spec, Problems.On on) {
    on.range("min", min(spec), 0, MAX_ENDPOINTS);
    if (spec.getMax() == 0) {
      on.add("max", "is missing; say how many endpoints there are at most");
    } else {
      on.range("max", spec.getMax(), 1, MAX_ENDPOINTS);
      if (spec.getMax() >= 1 && spec.getMax() < min(spec)) {
        on.add("max", "must not be below min (%d), is %d".formatted(min(spec), spec.getMax()));
      }
    }
  }

  private static void targets(ScaleTargets targets, Problems.On on) {
    number("targets.in_flight", targets.getInFlight(), on);
    number("targets.rate", targets.getRate(), on);
    if (targets.hasP99()) {
      Durations.range(on, "targets.p99", targets.getP99(), millis(1), HOUR);
    }
    double share = targets.getLearned().getUtilization();
    if (!(share >= 0 && share <= 1)) {
      on.add("targets.learned.utilization", "must be above 0 and at most 1, is " + share);
    }
  }

  /** 0 is none. */
  private static void number(String field, double value, Problems.On on) {
    if (!(value >= 0 && value <= 1e9)) {
      on.add(field, "must be above 0 and at most 1000000000, is " + value);
    }
  }

  private static void behavior(String at, ScaleBehavior behavior, Problems.On on) {
    if (behavior.hasStabilization()) {
      Durations.range(on, at + ".stabilization", behavior.getStabilization(), 0, HOUR);
    }
    if (behavior.getPoliciesCount() > MAX_POLICIES) {
      on.add(
          at + ".policies",
          "has %d; at most %d".formatted(behavior.getPoliciesCount(), MAX_POLICIES));
    }
    for (int i = 0; i < behavior.getPoliciesCount(); i++) {
      policy(at + ".policies[" + i + "]", behavior.getPolicies(i), on);
    }
    if (behavior.getSelect() == ScaleSelect.UNRECOGNIZED) {
      on.add(at + ".select", "must be most, least or none");
    }
    if (behavior.hasTolerance()
        && !(behavior.getTolerance() >= 0 && behavior.getTolerance() <= 1)) {
      on.add(at + ".tolerance", "must be 0 to 1, is " + behavior.getTolerance());
    }
  }

  private static void policy(String at, ScalePolicy policy, Problems.On on) {
    if ((policy.getEndpoints() == 0) == (policy.getPercent() == 0)) {
      on.add(at, "must have either endpoints or percent");
    }
    if (policy.getEndpoints() != 0) {
      on.range(at + ".endpoints", policy.getEndpoints(), 1, MAX_ENDPOINTS);
    }
    double percent = policy.getPercent();
    if (!(percent >= 0 && percent <= 100_000)) {
      on.add(at + ".percent", "must be above 0 and at most 100000, is " + percent);
    }
    if (policy.hasPeriod()) {
      Durations.range(on, at + ".period", policy.getPeriod(), seconds(1), minutes(30));
    } else {
      on.add(at + ".period", "is missing; say within what time so much may change, as in 15s");
    }
  }

  private static void schedule(String at, ScaleSchedule schedule, ScalerSpec spec, Problems.On on) {
    try {
      Cron.parse(schedule.getStart());
    } catch (IllegalArgumentException e) {
      on.add(at + "start", String.valueOf(e.getMessage()));
    }
    if (schedule.hasDuration()) {
      Durations.range(on, at + "duration", schedule.getDuration(), minutes(1), 7 * DAY);
    } else {
      on.add(at + "duration", "is missing; say how long it lasts, as in 2h");
    }
    if (!schedule.getZone().isEmpty()) {
      try {
        ZoneId.of(schedule.getZone());
      } catch (DateTimeException e) {
        on.add(
            at + "zone",
            Syntax.quote(schedule.getZone()) + " is no time zone; write one as in Europe/Berlin");
      }
    }
    if (schedule.hasMin()) {
      on.range(at + "min", schedule.getMin(), 0, MAX_ENDPOINTS);
    }
    if (schedule.hasMax()) {
      on.range(at + "max", schedule.getMax(), 1, MAX_ENDPOINTS);
    }
    int min = schedule.hasMin() ? schedule.getMin() : min(spec);
    int max = schedule.hasMax() ? schedule.getMax() : spec.getMax();
    if ((schedule.hasMin() || schedule.hasMax()) && max != 0 && max < min) {
      on.add(
          at + (schedule.hasMax() ? "max" : "min"),
          "leaves %d at least and %d at most".formatted(min, max));
    }
  }
}
