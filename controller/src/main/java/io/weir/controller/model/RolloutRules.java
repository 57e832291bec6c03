package io.weir.controller.model;

import io.weir.v1.RolloutGates;
import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutSpec;
import io.weir.v1.RolloutStep;
import java.util.List;

/** What a Rollout, and a plan of its own, may say. */
final class RolloutRules {
  private static final int MAX_STEPS = 10;
  private static final long LONGEST = Durations.minutes(24 * 60);

  private RolloutRules() {}

  static void check(RolloutSpec spec, Problems.On on) {
    MetadataRules.labels("select", spec.getSelectMap(), on);
    steps(spec.getStepsList(), on);
    gates(spec.getGates(), on);
    if (spec.hasTimeout()) {
      Durations.range(on, "timeout", spec.getTimeout(), Durations.seconds(1), LONGEST);
    }
  }

  static void check(RolloutPlan plan, Problems.On on) {
    steps(plan.getStepsList(), on);
    gates(plan.getGates(), on);
    if (plan.hasTimeout()) {
      Durations.range(on, "timeout", plan.getTimeout(), Durations.seconds(1), LONGEST);
    }
    if (plan.hasConfirmWithin()) {
      Durations.range(on, "confirm_within", plan.getConfirmWithin(), Durations.seconds(1), LONGEST);
      if (plan.getStepsCount() > 1) {
        on.add("steps", "must be one, as the change waits for a confirmation");
      }
    }
  }

  private static void steps(List<RolloutStep> steps, Problems.On on) {
    if (steps.isEmpty() || steps.size() > MAX_STEPS) {
      on.add("steps", "must be 1 to %d, are %d".formatted(MAX_STEPS, steps.size()));
    }
    double before = 0;
    for (int i = 0; i < Math.min(steps.size(), MAX_STEPS); i++) {
      RolloutStep step = steps.get(i);
      String field = "steps[" + i + "]";
      boolean byLabels = step.getAgentsCount() > 0;
      if (byLabels == (step.getPercent() != 0)) {
        on.add(field, "must have either percent or agents");
      } else if (byLabels) {
        MetadataRules.labels(field + ".agents", step.getAgentsMap(), on);
      } else if (!(step.getPercent() > 0 && step.getPercent() <= 100)) {
        on.add(field + ".percent", "must be above 0 and at most 100, is " + step.getPercent());
      } else if (step.getPercent() <= before) {
        on.add(
            field + ".percent",
            "must be above that of the step before, %s, is %s"
                .formatted(before, step.getPercent()));
      }
      before = Math.max(before, step.getPercent());
      if (step.hasBake()) {
        Durations.range(on, field + ".bake", step.getBake(), 0, LONGEST);
      }
    }
    if (!steps.isEmpty() && steps.size() <= MAX_STEPS && steps.getLast().getPercent() != 100) {
      on.add(
          "steps[%d].percent".formatted(steps.size() - 1),
          "must be 100, since a change is declared for all agents after the last step");
    }
  }

  private static void gates(RolloutGates gates, Problems.On on) {
    on.range("gates.nacks", gates.getNacks(), 0, 10_000);
    on.range("gates.lost", gates.getLost(), 0, 10_000);
    on.range("gates.errors.min_requests", gates.getErrors().getMinRequests(), 0, 1_000_000_000);
    on.range("gates.latency.min_requests", gates.getLatency().getMinRequests(), 0, 1_000_000_000);
    double margin = gates.getErrors().getMargin();
    if (!(margin >= 0 && margin <= 100)) {
      on.add("gates.errors.margin", "must be 0 to 100, is " + margin);
    }
    double factor = gates.getLatency().getFactor();
    if (factor != 0 && !(factor >= 1 && factor <= 1_000)) {
      on.add("gates.latency.factor", "must be 1 to 1000, is " + factor);
    }
    if (gates.getLatency().hasMargin()) {
      Durations.range(
          on, "gates.latency.margin", gates.getLatency().getMargin(), 0, Durations.minutes(1));
    }
  }
}
