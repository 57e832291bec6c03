package io.weir.e2e.scaling;

import java.util.List;

/**
 * How many pods the HorizontalPodAutoscaler wants, by its replica calculator
 * (pkg/controller/podautoscaler/replica_calculator.go): pods without a metric count as idle where
 * there would be more and as at their request where there would be fewer; those that are not ready
 * yet as idle where there would be more and not at all otherwise.
 */
final class HpaReplicas {
  static final double TOLERANCE = 0.1;

  private HpaReplicas() {}

  /** One pod, as the calculator sorts them. */
  sealed interface Pod {
    /**
     * @param usage share of its request, 0 to 1
     */
    record Measured(double usage) implements Pod {}

    record Missing() implements Pod {}

    record Ignored() implements Pod {}
  }

  static int replicas(int current, double target, List<Pod> pods) {
    double usage = 0;
    int measured = 0;
    int missing = 0;
    int ignored = 0;
    for (Pod pod : pods) {
      switch (pod) {
        case Pod.Measured one -> {
          usage += one.usage();
          measured++;
        }
        case Pod.Missing() -> missing++;
        case Pod.Ignored() -> ignored++;
      }
    }
    if (measured == 0) {
      return current;
    }
    double ratio = usage / measured / target;
    boolean rebalance = ignored > 0 && ratio > 1;
    if (!rebalance && missing == 0) {
      return near(ratio) ? current : ceil(ratio * measured);
    }
    int counted = measured + missing + (rebalance ? ignored : 0);
    double filled = usage + (ratio < 1 ? missing : 0);
    double again = filled / counted / target;
    if (near(again) || (ratio < 1 && again > 1) || (ratio > 1 && again < 1)) {
      return current;
    }
    int wanted = ceil(again * counted);
    return (again < 1 && wanted > current) || (again > 1 && wanted < current) ? current : wanted;
  }

  private static boolean near(double ratio) {
    return Math.abs(1 - ratio) <= TOLERANCE + 1e-12;
  }

  private static int ceil(double value) {
    return (int) Math.ceil(value - 1e-9);
  }
}
