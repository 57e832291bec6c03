package io.weir.controller.scaling;

import io.weir.v1.ScaleBehavior;
import io.weir.v1.ScalePolicy;
import io.weir.v1.ScaleSelect;
import io.weir.v1.ScaleTargets;
import io.weir.v1.ScalerSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a Scaler says, with the defaults filled in.
 *
 * @param startup how long a new endpoint takes until it serves, until that has been seen
 */
public record Terms(
    String pool,
    int min,
    int max,
    Targets targets,
    Behavior out,
    Behavior in,
    Duration startup,
    Duration drainTimeout,
    List<Season> seasons) {
  private static final Duration STARTUP = Duration.ofSeconds(30);
  private static final Duration DRAIN = Duration.ofMinutes(5);
  private static final Duration STABILIZATION_IN = Duration.ofMinutes(5);
  private static final Duration LONGEST_IN = Duration.ofMinutes(30);
  private static final Duration PERIOD = Duration.ofSeconds(15);
  private static final double TOLERANCE = 0.1;
  private static final double UTILIZATION = 0.7;

  public Terms {
    seasons = List.copyOf(seasons);
  }

  /** What each endpoint is to have; at least one of them is there. */
  public record Targets(
      OptionalDouble inFlight,
      OptionalDouble rate,
      OptionalDouble p99Micros,
      OptionalDouble utilization) {
    static Targets of(ScaleTargets wire) {
      OptionalDouble inFlight = positive(wire.getInFlight());
      OptionalDouble rate = positive(wire.getRate());
      OptionalDouble p99 =
          wire.hasP99()
              ? positive(duration(wire.getP99()).toNanos() / 1e3)
              : OptionalDouble.empty();
      boolean learned =
          wire.hasLearned() || (inFlight.isEmpty() && rate.isEmpty() && p99.isEmpty());
      double share = wire.getLearned().getUtilization();
      return new Targets(
          inFlight,
          rate,
          p99,
          learned ? OptionalDouble.of(share > 0 ? share : UTILIZATION) : OptionalDouble.empty());
    }

    private static OptionalDouble positive(double value) {
      return value > 0 ? OptionalDouble.of(value) : OptionalDouble.empty();
    }
  }

  /**
   * Of one direction.
   *
   * @param longest what {@code stabilization} may become where it is learned; the same where it is
   *     declared
   */
  public record Behavior(
      Duration stabilization,
      Duration longest,
      List<Policy> policies,
      ScaleSelect select,
      double tolerance) {
    public Behavior {
      policies = List.copyOf(policies);
    }

    static Behavior of(
        ScaleBehavior wire, Duration stabilization, Duration longest, List<Policy> policies) {
      return new Behavior(
          wire.hasStabilization() ? duration(wire.getStabilization()) : stabilization,
          wire.hasStabilization() ? duration(wire.getStabilization()) : longest,
          wire.getPoliciesCount() == 0
              ? policies
              : wire.getPoliciesList().stream().map(Policy::of).toList(),
          wire.getSelect() == ScaleSelect.SCALE_SELECT_LEAST
                  || wire.getSelect() == ScaleSelect.SCALE_SELECT_NONE
              ? wire.getSelect()
              : ScaleSelect.SCALE_SELECT_MOST,
          wire.hasTolerance() ? wire.getTolerance() : TOLERANCE);
    }
  }

  /**
   * How much may change within a period.
   *
   * @param endpoints 0: it is by percent
   */
  public record Policy(int endpoints, double percent, Duration period) {
    static Policy of(ScalePolicy wire) {
      return new Policy(wire.getEndpoints(), wire.getPercent(), duration(wire.getPeriod()));
    }
  }

  /** Other bounds for some of the time. */
  public record Season(Cron start, Duration length, ZoneId zone, OptionalInt min, OptionalInt max) {
    boolean holds(Instant now) {
      return start.within(now, zone, length);
    }
  }

  /** What holds at a time. */
  public record Bounds(int min, int max) {}

  /**
   * @throws IllegalArgumentException when the spec is not valid
   */
  public static Terms of(ScalerSpec spec) {
    return new Terms(
        spec.getPool(),
        spec.hasMin() ? spec.getMin() : 1,
        spec.getMax(),
        Targets.of(spec.getTargets()),
        Behavior.of(
            spec.getOut(), Duration.ZERO, Duration.ZERO, List.of(new Policy(0, 900, PERIOD))),
        Behavior.of(
            spec.getIn(), STABILIZATION_IN, LONGEST_IN, List.of(new Policy(0, 100, PERIOD))),
        spec.hasStartup() ? duration(spec.getStartup()) : STARTUP,
        spec.hasDrainTimeout() ? duration(spec.getDrainTimeout()) : DRAIN,
        spec.getScheduleList().stream()
            .map(wire ->
                new Season(
                    Cron.parse(wire.getStart()),
                    duration(wire.getDuration()),
                    ZoneId.of(wire.getZone().isEmpty() ? "UTC" : wire.getZone()),
                    wire.hasMin() ? OptionalInt.of(wire.getMin()) : OptionalInt.empty(),
                    wire.hasMax() ? OptionalInt.of(wire.getMax()) : OptionalInt.empty()))
            .toList());
  }

  /** Where several schedules hold, the largest min and the largest max of them. */
  public Bounds bounds(Instant now) {
    List<Season> holding = seasons.stream().filter(season -> season.holds(now)).toList();
    int least = holding.stream().mapToInt(season -> season.min().orElse(min)).max().orElse(min);
    int most = holding.stream().mapToInt(season -> season.max().orElse(max)).max().orElse(max);
    return new Bounds(least, Math.max(least, most));
  }

  static Duration duration(com.google.protobuf.Duration wire) {
    return Duration.ofSeconds(wire.getSeconds(), wire.getNanos());
  }
}
