package io.weir.controller.instances;

import io.weir.v1.InstanceState;
import io.weir.v1.ScaledInstance;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who goes: those that do not serve yet before those that do, those that are down before those that
 * are not, then one of the zone that has most, and of these the one with least under way.
 */
final class Victims {
  private Victims() {}

  static List<ScaledInstance> choose(List<ScaledInstance> of, int count, Situation is) {
    List<ScaledInstance> left = new ArrayList<>(of);
    List<ScaledInstance> chosen = new ArrayList<>();
    Map<String, Integer> inZone = new HashMap<>();
    left.forEach(one -> inZone.merge(zone(one, is), 1, Integer::sum));
    while (chosen.size() < count && !left.isEmpty()) {
      ScaledInstance next =
          left.stream()
              .min(
                  Comparator.comparing((ScaledInstance one) -> serves(one))
                      .thenComparing(one -> !is.isUnhealthy(one.getAddress()))
                      .thenComparingInt(one -> -inZone.getOrDefault(zone(one, is), 0))
                      .thenComparingLong(one -> is.inFlight(one.getAddress()))
                      // The newest has least in its caches.
                      .thenComparingLong(one -> -one.getSince().getSeconds())
                      .thenComparing(ScaledInstance::getId))
              .orElseThrow();
      left.remove(next);
      chosen.add(next);
      inZone.merge(zone(next, is), -1, Integer::sum);
    }
    return chosen;
  }

  private static boolean serves(ScaledInstance one) {
    return one.getState() == InstanceState.INSTANCE_STATE_SERVING;
  }

  private static String zone(ScaledInstance one, Situation is) {
    return is.zones().getOrDefault(one.getAddress(), "");
  }
}
