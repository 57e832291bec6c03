package io.weir.e2e.scaling;

import io.weir.controller.scaling.PoolModel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Knative's autoscaler on concurrency with its defaults (pkg/autoscaler/scaling/autoscaler.go): a
 * tick every 2 s, windows of 60 s and 6 s, panic at twice what is ready, at most 1,000 times as
 * many and half as many at once, no delay down.
 */
final class Kpa implements Autoscaler {
  private static final int TICK = 2;
  private static final int STABLE = 60;
  private static final int PANIC = 6;
  private static final double THRESHOLD = 2;
  private static final double UP = 1_000;
  private static final double DOWN = 2;

  private final double target;
  private final int min;
  private final int max;
  private final Deque<Double> concurrency = new ArrayDeque<>();
  private boolean begun;
  private boolean panics;
  private long panicked;
  private int most;

  /**
   * @param target requests under way for each pod
   */
  Kpa(double target, int min, int max) {
    this.target = target;
    this.min = min;
    this.max = max;
  }

  @Override
  public int next(PoolModel.Moment moment, List<PoolModel.Instance> instances) {
    concurrency.addFirst(moment.inFlight() + moment.queued());
    if (concurrency.size() > STABLE) {
      concurrency.removeLast();
    }
    if (moment.second() % TICK != 0) {
      return instances.size();
    }
    int ready =
        (int) instances.stream().filter(instance -> instance.ready() <= moment.second()).count();
    return Math.clamp(scale(moment.second(), ready, mean(STABLE), mean(PANIC)), min, max);
  }

  /** One tick. */
  int scale(long now, int readyNow, double stable, double panic) {
    if (!begun) {
      begun = true;
      panics = readyNow > 1;
      panicked = now;
      most = readyNow;
    }
    double ready = Math.max(1, readyNow);
    double up = Math.ceil(UP * ready);
    double down = Math.floor(ready / DOWN);
    double wantsPanic = Math.ceil(panic / target);
    int desired = (int) Math.min(Math.max(Math.ceil(stable / target), down), up);
    int desiredPanic = (int) Math.min(Math.max(wantsPanic, down), up);
    boolean over = wantsPanic / ready >= THRESHOLD;
    if (over) {
      panics = true;
      panicked = now;
    } else if (panics && panicked + STABLE < now) {
      panics = false;
      most = 0;
    }
    if (panics) {
      most = Math.max(most, Math.max(desired, desiredPanic));
      return most;
    }
    return desired;
  }

  boolean panics() {
    return panics;
  }

  private double mean(int window) {
    return concurrency.stream().limit(window).mapToDouble(Double::doubleValue).average().orElse(0);
  }
}
