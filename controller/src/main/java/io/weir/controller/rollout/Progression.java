package io.weir.controller.rollout;

import com.google.protobuf.Timestamp;
import io.weir.v1.RolloutGates;
import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutState;
import io.weir.v1.RolloutStep;
import io.weir.v1.RolloutTransition;
import io.weir.v1.StagedChange;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The transitions of a staged change. Those of the controller:
 *
 * <pre>
 *             first step            all have answered          bake is over
 *   PENDING ─────────────▶ PUSHING ──────────────────▶ BAKING ──────────────▶ PUSHING (next step)
 *                             │                           │   └── last step ─▶ COMMITTED
 *                             └── a gate, a time-out, ────┴─────────────────▶ ROLLED_BACK
 *                                 no confirmation in time
 * </pre>
 *
 * Those of an operator: pause and resume, promote (as if the bake were over), confirm (COMMITTED)
 * and abort (ABORTED), from any state that is not the end. Each is one write of the store, from the
 * very state it was decided in, so that there is one end.
 */
public final class Progression {
  private static final int KEPT = 20;
  private static final int MAX_REASON = 600;

  private Progression() {}

  /** What comes next, if anything does. */
  static Optional<StagedChange> next(StagedChange change, Situation is, Instant wall) {
    if (Staged.isOver(change)) {
      return Optional.empty();
    }
    Optional<String> harm = harm(change, is);
    if (harm.isPresent()) {
      return Optional.of(
          moved(change, RolloutState.ROLLOUT_STATE_ROLLED_BACK, harm.get(), "", wall));
    }
    if (change.getPaused() || !is.seen()) {
      return Optional.empty();
    }
    return switch (change.getState()) {
      case ROLLOUT_STATE_PENDING, ROLLOUT_STATE_UNSPECIFIED ->
          is.unproven().isEmpty()
              ? Optional.of(step(change, is.connected(), "", "", wall))
              : Optional.empty();
      case ROLLOUT_STATE_PUSHING ->
          is.pending().isEmpty() && is.unproven().isEmpty()
              ? Optional.of(
                  moved(change, RolloutState.ROLLOUT_STATE_BAKING, pushed(change, is), "", wall))
              : Optional.empty();
      case ROLLOUT_STATE_BAKING ->
          change.getPlan().hasConfirmWithin()
                  || is.inState().compareTo(Terms.bake(current(change))) < 0
              ? Optional.empty()
              : Optional.of(onward(change, is.connected(), is.figures(), "", wall));
      case ROLLOUT_STATE_COMMITTED,
          ROLLOUT_STATE_ROLLED_BACK,
          ROLLOUT_STATE_ABORTED,
          UNRECOGNIZED ->
          Optional.empty();
    };
  }

  private static Optional<String> harm(StagedChange change, Situation is) {
    RolloutPlan plan = change.getPlan();
    RolloutGates gates = plan.getGates();
    if (plan.hasConfirmWithin()) {
      Duration within = Terms.duration(plan.getConfirmWithin());
      if (is.age().compareTo(within) >= 0) {
        return Optional.of("nobody confirmed it within " + Terms.text(within));
      }
    }
    if (is.refused().size() > gates.getNacks()) {
      return Optional.of(
          "%s refused it: %s"
              .formatted(agents(is.refused().size()), String.join("; ", first(is.refused(), 3))));
    }
    boolean allLost = is.current().isEmpty() && is.pending().isEmpty() && !is.lost().isEmpty();
    if (allLost || is.lost().size() > Terms.lost(gates)) {
      return Optional.of(
          "%s of the cohort vanished: %s%s"
              .formatted(
                  agents(is.lost().size()),
                  String.join(", ", first(is.lost(), 5)),
                  allLost ? "; none is left to watch" : ""));
    }
    if (!is.harm().isEmpty()) {
      return Optional.of(is.harm());
    }
    Duration timeout = Terms.timeout(plan);
    if (change.getState() == RolloutState.ROLLOUT_STATE_PUSHING
        && !change.getPaused()
        && !is.pending().isEmpty()
        && is.inState().compareTo(timeout) >= 0) {
      return Optional.of(
          "%s did not answer within %s: %s"
              .formatted(
                  agents(is.pending().size()),
                  Terms.text(timeout),
                  String.join(", ", first(is.pending(), 5))));
    }
    if (waitsForAgents(change)
        && is.seen()
        && !is.unproven().isEmpty()
        && is.inState().compareTo(timeout) >= 0) {
      return Optional.of(
          "nothing is known of how it fares: for %s %s"
              .formatted(Terms.text(timeout), is.unproven()));
    }
    return Optional.empty();
  }

  /** Where an operator confirms, that has a time of its own. */
  private static boolean waitsForAgents(StagedChange change) {
    return !change.getPaused()
        && !change.getPlan().hasConfirmWithin()
        && change.getState() != RolloutState.ROLLOUT_STATE_BAKING;
  }

  private static String pushed(StagedChange change, Situation is) {
    String run =
        "%s of step %d of %d run it"
            .formatted(
                agents(is.current().size()), change.getStep(), change.getPlan().getStepsCount());
    return change.getPlan().hasConfirmWithin()
        ? run + "; waiting for an operator to confirm it"
        : "%s; watching them for %s".formatted(run, Terms.text(Terms.bake(current(change))));
  }

  private static RolloutStep current(StagedChange change) {
    return change.getPlan().getSteps(change.getStep() - 1);
  }

  /** The next step, or the end. */
  private static StagedChange onward(
      StagedChange change, List<String> connected, String figures, String by, Instant wall) {
    if (change.getStep() < change.getPlan().getStepsCount()) {
      return step(change, connected, figures, by, wall);
    }
    return moved(
        change,
        RolloutState.ROLLOUT_STATE_COMMITTED,
        joined("the last step has passed and the change is declared", figures),
        by,
        wall);
  }

  private static StagedChange step(
      StagedChange change, List<String> connected, String figures, String by, Instant wall) {
    int number = change.getStep() + 1;
    RolloutStep step = change.getPlan().getSteps(number - 1);
    long threshold =
        Cohort.threshold(change.getNumber(), step.getPercent(), connected, change.getThreshold());
    String to =
        step.getAgentsCount() > 0
            ? "the agents with " + Terms.labels(step)
            : "%s %% of the agents".formatted(percent(step.getPercent()));
    StagedChange next = change.toBuilder().setStep(number).setThreshold(threshold).build();
    return moved(
        next,
        RolloutState.ROLLOUT_STATE_PUSHING,
        joined(
            "step %d of %d goes to %s".formatted(number, change.getPlan().getStepsCount(), to),
            figures),
        by,
        wall);
  }

  private static String percent(double percent) {
    return percent == Math.rint(percent) ? Long.toString((long) percent) : Double.toString(percent);
  }

  private static String joined(String sentence, String figures) {
    return figures.isEmpty() ? sentence : sentence + "; " + figures;
  }

  /** What an operator's word comes to. */
  public sealed interface Steered {
    record To(StagedChange change) implements Steered {}

    /** It is so already. */
    record Same() implements Steered {}

    /** A sentence's end. */
    record Refused(String reason) implements Steered {}
  }

  /** What an operator may want. */
  public enum Action {
    PAUSE,
    RESUME,
    ABORT,
    CONFIRM,
    PROMOTE
  }

  /**
   * @param by whose word it is
   * @param connected names of all connected agents, as far as is known here
   */
  public static Steered steer(
      StagedChange change, Action action, String by, List<String> connected, Instant wall) {
    String name = "rollout " + change.getNumber();
    if (Staged.isOver(change)) {
      boolean gone = change.getState() != RolloutState.ROLLOUT_STATE_COMMITTED;
      if (action == Action.ABORT && gone || action == Action.CONFIRM && !gone) {
        return new Steered.Same();
      }
      return new Steered.Refused(
          gone
              ? name + " is over already: " + change.getReason()
              : name + " is over already: the change is declared; see weir ctl rollback");
    }
    boolean confirms = change.getPlan().hasConfirmWithin();
    return switch (action) {
      case ABORT ->
          new Steered.To(
              moved(change, RolloutState.ROLLOUT_STATE_ABORTED, "aborted by " + by, by, wall));
      case PAUSE -> {
        if (confirms) {
          yield new Steered.Refused(name + " waits for a confirmation; confirm or abort it");
        }
        yield change.getPaused()
            ? new Steered.Same()
            : new Steered.To(
                moved(
                    change.toBuilder().setPaused(true).build(),
                    change.getState(),
                    "paused by " + by,
                    by,
                    wall));
      }
      case RESUME ->
          change.getPaused()
              ? new Steered.To(
                  moved(
                      change.toBuilder().setPaused(false).build(),
                      change.getState(),
                      "resumed by " + by,
                      by,
                      wall))
              : new Steered.Same();
      case CONFIRM ->
          confirms
              ? new Steered.To(
                  moved(
                      change, RolloutState.ROLLOUT_STATE_COMMITTED, "confirmed by " + by, by, wall))
              : new Steered.Refused(
                  name + " waits for no confirmation; promote it to go on before its time");
      case PROMOTE -> {
        if (confirms) {
          yield new Steered.Refused(name + " waits for a confirmation; confirm it");
        }
        StagedChange going = change.toBuilder().setPaused(false).build();
        yield new Steered.To(onward(going, connected, "promoted by " + by, by, wall));
      }
    };
  }

  /** It is asked for, and no agent has it. */
  public static StagedChange begun(StagedChange change, String reason, Instant wall) {
    return moved(change, RolloutState.ROLLOUT_STATE_PENDING, reason, change.getAuthor(), wall);
  }

  /** It is over, for a reason that lies outside of these rules. */
  public static StagedChange ended(
      StagedChange change, RolloutState state, String reason, Instant wall) {
    return moved(change, state, reason, "", wall);
  }

  /** The change in another state, and how it came to be. */
  static StagedChange moved(
      StagedChange change, RolloutState state, String reason, String by, Instant wall) {
    Timestamp now =
        Timestamp.newBuilder().setSeconds(wall.getEpochSecond()).setNanos(wall.getNano()).build();
    String said =
        reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON - 1) + "…";
    int index =
        change.getTransitionsCount() == 0
            ? 1
            : change.getTransitions(change.getTransitionsCount() - 1).getIndex() + 1;
    StagedChange.Builder next =
        change.toBuilder().setState(state).setSince(now).setReason(said).clearProgress();
    if (next.getTransitionsCount() == KEPT) {
      next.removeTransitions(0);
    }
    return next.addTransitions(
            RolloutTransition.newBuilder()
                .setIndex(index)
                .setTime(now)
                .setState(state)
                .setStep(next.getStep())
                .setPaused(next.getPaused())
                .setReason(said)
                .setBy(by))
        .build();
  }

  private static String agents(int count) {
    return count == 1 ? "1 agent" : count + " agents";
  }

  private static List<String> first(List<String> all, int most) {
    return all.subList(0, Math.min(most, all.size()));
  }
}
