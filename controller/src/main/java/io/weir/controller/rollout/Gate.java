package io.weir.controller.rollout;

import io.weir.controller.rollout.Traffic.Count;
import io.weir.v1.ErrorGate;
import io.weir.v1.LatencyGate;
import io.weir.v1.RolloutGates;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the figures of a cohort say beside those of others. */
final class Gate {
  /** So many errors more than expected may be chance, whatever share they are. */
  private static final double BY_CHANCE = 3;

  private Gate() {}

  /**
   * @param harm in a sentence's words, with the figures; empty: none is seen
   * @param sentence what there is to see
   */
  record Finding(String harm, String sentence) {
    boolean isHarm() {
      return !harm.isEmpty();
    }
  }

  /**
   * @param others agents that have not the change, in the same time
   * @param before the cohort itself, before it had the change
   */
  static Finding judge(RolloutGates gates, Traffic cohort, Traffic others, Traffic before) {
    List<String> harm = new ArrayList<>();
    List<String> said = new ArrayList<>();
    if (!gates.getErrors().getOff()) {
      errors(gates.getErrors(), cohort, others, before, harm, said);
    }
    if (!gates.getLatency().getOff()) {
      latency(gates.getLatency(), cohort, others, before, harm, said);
    }
    Count total = cohort.total();
    String sentence =
        total.requests() == 0
            ? "the cohort has had no requests, so that its figures say nothing"
            : "%d requests with %.2f %% errors in the cohort%s"
                    .formatted(
                        total.requests(),
                        total.percent(),
                        others.total().requests() == 0
                            ? ""
                            : ", %.2f %% elsewhere".formatted(others.total().percent()))
                + (said.isEmpty() ? "" : "; " + String.join("; ", said));
    return new Finding(String.join("; ", harm), sentence);
  }

  private static void errors(
      ErrorGate gate,
      Traffic cohort,
      Traffic others,
      Traffic before,
      List<String> harm,
      List<String> said) {
    int least = Terms.least(gate);
    cohort
        .listeners()
        .forEach((listener, count) -> {
          if (count.requests() < least) {
            return;
          }
          Reference reference = reference(listener, least, others, before);
          if (reference == null) {
            said.add("there is nothing to compare listener %s with".formatted(listener));
            return;
          }
          double most = reference.percent() + Terms.margin(gate);
          double expected = reference.percent() / 100 * count.requests();
          if (count.percent() > most && count.errors() - expected > BY_CHANCE) {
            harm.add(
                "%.1f %% of the %d requests to listener %s failed, %.1f %% %s"
                    .formatted(
                        count.percent(),
                        count.requests(),
                        listener,
                        reference.percent(),
                        reference.where()));
          }
        });
  }

  private record Reference(double percent, String where) {}

  private static @Nullable Reference reference(
      String listener, int least, Traffic others, Traffic before) {
    if (others.listener(listener).requests() >= least) {
      return new Reference(others.listener(listener).percent(), "at agents without the change");
    }
    if (others.total().requests() >= least) {
      return new Reference(others.total().percent(), "at agents without the change");
    }
    if (before.listener(listener).requests() >= least) {
      return new Reference(before.listener(listener).percent(), "before the change");
    }
    return null;
  }

  private static void latency(
      LatencyGate gate,
      Traffic cohort,
      Traffic others,
      Traffic before,
      List<String> harm,
      List<String> said) {
    int least = Terms.least(gate);
    for (String pool : cohort.pools()) {
      if (cohort.answered(pool) < least) {
        continue;
      }
      boolean beside = others.answered(pool) >= least;
      if (!beside && before.answered(pool) < least) {
        continue;
      }
      long reference = beside ? others.p99(pool) : before.p99(pool);
      long is = cohort.p99(pool);
      String where = beside ? "at agents without the change" : "before the change";
      if (is > reference * Terms.factor(gate) + Terms.margin(gate)) {
        harm.add(
            "the p99 of pool %s is %s, %s %s"
                .formatted(pool, millis(is), millis(reference), where));
      } else {
        said.add("p99 of pool %s %s, %s %s".formatted(pool, millis(is), millis(reference), where));
      }
    }
  }

  private static String millis(long micros) {
    return String.format(Locale.ROOT, "%.1f ms", micros / 1e3);
  }
}
