package io.weir.e2e.scaling;

import io.weir.controller.scaling.PoolModel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The Kubernetes HorizontalPodAutoscaler on CPU utilization, with the defaults of
 * kube-controller-manager and of autoscaling/v2: a loop every 15 s, tolerance 10 %, 5 min
 * stabilization down, at most 100 % or 4 more in 15 s. What it sees is what metrics-server has: the
 * mean of each pod's CPU between its last two scrapes, 15 s apart.
 */
final class Hpa implements Autoscaler {
  private static final int LOOP = 15;
  private static final int SCRAPE = 15;

  /** Scrapes and loops are not in step. */
  private static final int PHASE = 7;

  private static final int INITIALIZATION = 300;
  private static final int STABILIZATION = 300;
  private static final int PERIOD = 15;
  private static final int PODS = 4;

  private final double target;
  private final int min;
  private final int max;
  private final Deque<Double> busy = new ArrayDeque<>();
  private final Deque<Recommended> recommended = new ArrayDeque<>();
  private final Deque<Recommended> changes = new ArrayDeque<>();
  private double usage;
  private long scraped = -1;

  private record Recommended(long second, int pods) {}

  /**
   * @param target utilization, 0 to 1
   */
  Hpa(double target, int min, int max) {
    this.target = target;
    this.min = min;
    this.max = max;
  }

  @Override
  public int next(PoolModel.Moment moment, List<PoolModel.Instance> instances) {
    long now = moment.second();
    int current = instances.size();
    busy.addLast(moment.busy());
    if (busy.size() > SCRAPE) {
      busy.removeFirst();
    }
    if (now % SCRAPE == PHASE) {
      usage = busy.stream().mapToDouble(Double::doubleValue).average().orElse(0);
      scraped = now;
    }
    if (recommended.isEmpty()) {
      recommended.addLast(new Recommended(now, current));
    }
    if (now % LOOP != 0 || scraped < 0) {
      return current;
    }
    int wanted = HpaReplicas.replicas(current, target, pods(now, instances));
    int desired = limited(now, current, stabilized(now, current, Math.clamp(wanted, min, max)));
    desired = Math.clamp(desired, min, max);
    if (desired != current) {
      changes.addLast(new Recommended(now, desired - current));
    }
    return desired;
  }

  private List<HpaReplicas.Pod> pods(long now, List<PoolModel.Instance> instances) {
    List<HpaReplicas.Pod> pods = new ArrayList<>();
    for (PoolModel.Instance instance : instances) {
      boolean ready = instance.ready() <= now;
      if (instance.begun() > scraped - SCRAPE) {
        pods.add(new HpaReplicas.Pod.Missing());
      } else if (now < instance.begun() + INITIALIZATION
          && (!ready || scraped < instance.ready() + SCRAPE)) {
        pods.add(new HpaReplicas.Pod.Ignored());
      } else {
        pods.add(new HpaReplicas.Pod.Measured(ready ? usage : 0));
      }
    }
    return pods;
  }

  private int stabilized(long now, int current, int wanted) {
    recommended.addLast(new Recommended(now, wanted));
    while (now - recommended.getFirst().second() >= STABILIZATION) {
      recommended.removeFirst();
    }
    int most = recommended.stream().mapToInt(Recommended::pods).max().orElse(wanted);
    return wanted > current ? wanted : Math.min(current, most);
  }

  private int limited(long now, int current, int wanted) {
    changes.removeIf(change -> now - change.second() >= PERIOD);
    int begun = current - changes.stream().mapToInt(Recommended::pods).sum();
    if (wanted > current) {
      return Math.min(wanted, Math.max(current, Math.max(begun + PODS, begun * 2)));
    }
    return wanted;
  }
}
