package io.weir.e2e.scale;

import io.weir.v1.InstanceState;
import io.weir.v1.ScaleDecided;
import io.weir.v1.ScalerStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Load that rises and falls until there have been so many scale-ins, and what came of it. */
public final class ScaleRun {
  /** Requests under way, in turn. */
  private static final int LOW = 2;

  private static final int HIGH = 30;

  private static final int MIN = 2;
  private static final int MAX = 8;
  private static final double IN_FLIGHT = 6;

  private static final Duration TELL = Duration.ofSeconds(2);
  private static final Duration LOOK = Duration.ofMillis(100);

  /** At least and at most between two changes of the load. */
  private static final Duration LEAST = Duration.ofSeconds(3);

  private static final Duration MOST = Duration.ofSeconds(100);

  private ScaleRun() {}

  /**
   * What came of it.
   *
   * @param requests streams among them
   * @param failures how often, by reason
   * @param ins decisions that there are to be fewer
   * @param outs decisions that there are to be more
   * @param ended origins that were ended
   */
  public record Result(
      long requests,
      long streams,
      long failed,
      Map<String, Long> failures,
      int ins,
      int outs,
      int ended,
      Duration took) {
    public Result {
      failures = Map.copyOf(failures);
    }
  }

  /**
   * @param ins after which it is over
   * @param most after which it is over in any case
   * @param say told how it goes
   */
  public static Result run(int ins, Duration most, boolean barrier, Consumer<String> say) {
    long began = System.nanoTime();
    say.accept("starting a controller, two agents and the first origins ...");
    try (ScaleSite site = new ScaleSite(new ScaleSite.Bounds(MIN, MAX, IN_FLIGHT), false, barrier);
        ScaleLoad load = new ScaleLoad(site.agents(), HIGH)) {
      return wave(site, load, ins, began + most.toNanos(), say);
    }
  }

  private static Result wave(
      ScaleSite site, ScaleLoad load, int ins, long end, Consumer<String> say) {
    long began = System.nanoTime();
    long changed = began;
    long told = 0;
    load.underWay(HIGH);
    boolean over = false;
    while (!over) {
      LockSupport.parkNanos(LOOK.toNanos());
      long now = System.nanoTime();
      ScalerStatus status = site.status();
      boolean high = load.underWay() == HIGH;
      boolean there =
          status.getStarting() == 0
              && status.getEnding() == 0
              && (high ? status.getDesired() >= MAX - 2 : status.getDesired() == MIN);
      if ((there && now - changed > LEAST.toNanos()) || now - changed > MOST.toNanos()) {
        load.underWay(high ? LOW : HIGH);
        changed = now;
      }
      if (now - told > TELL.toNanos()) {
        told = now;
        List<ScaleDecided> decisions = site.decisions();
        over = ins(decisions) >= ins && status.getEnding() == 0 || now - end > 0;
        say.accept(line(status, load, decisions, now - began));
      }
    }
    load.close();
    List<ScaleDecided> decisions = site.decisions();
    return new Result(
        load.requests(),
        load.streams(),
        load.failed(),
        load.failures(),
        ins(decisions),
        outs(decisions),
        ended(decisions),
        Duration.ofNanos(System.nanoTime() - began));
  }

  private static String line(
      ScalerStatus status, ScaleLoad load, List<ScaleDecided> decisions, long nanos) {
    return "%4d s  %2d under way  %d origins, %d start, %d go  %d ins, %d outs  %d requests, %d failed%s"
        .formatted(
            nanos / 1_000_000_000,
            load.underWay(),
            status.getCurrent(),
            status.getStarting(),
            status.getEnding(),
            ins(decisions),
            outs(decisions),
            load.requests(),
            load.failed(),
            trouble(status));
  }

  private static String trouble(ScalerStatus status) {
    return List.of(status.getHookError(), status.getFrozen(), status.getAdvice()).stream()
        .filter(one -> !one.isEmpty())
        .map(one -> "  " + one)
        .collect(Collectors.joining());
  }

  private static int ins(List<ScaleDecided> decisions) {
    return (int)
        decisions.stream()
            .filter(one ->
                one.getVictimsList().stream()
                    .anyMatch(victim -> victim.getState() == InstanceState.INSTANCE_STATE_DRAINING))
            .count();
  }

  private static int outs(List<ScaleDecided> decisions) {
    return (int) decisions.stream().filter(one -> one.getTo() > one.getFrom()).count();
  }

  private static int ended(List<ScaleDecided> decisions) {
    return decisions.stream()
        .mapToInt(one ->
            (int)
                one.getVictimsList().stream()
                    .filter(victim -> victim.getState() == InstanceState.INSTANCE_STATE_ENDING)
                    .count())
        .sum();
  }
}
