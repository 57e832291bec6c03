package io.weir.cli.view;

import io.weir.cli.admin.Ref;
import io.weir.cli.yaml.Durations;
import io.weir.v1.RolloutProgress;
import io.weir.v1.RolloutState;
import io.weir.v1.RolloutStep;
import io.weir.v1.RolloutTransition;
import io.weir.v1.StagedChange;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Rollouts as tables. */
public final class RolloutRows {
  private static final int LISTED = 3;

  private RolloutRows() {}

  public static Table of(List<StagedChange> changes, Instant now) {
    Table table =
        new Table(List.of("NUMBER", "AGE", "STATE", "STEP", "AUTHOR", "CHANGES", "REASON"));
    for (StagedChange change : changes) {
      table.row(
          List.of(
              String.valueOf(change.getNumber()),
              Ages.since(change.getCreated(), now),
              word(change.getState(), change.getPaused()),
              change.getStep() + "/" + change.getPlan().getStepsCount(),
              change.getAuthor().isEmpty() ? "<none>" : change.getAuthor(),
              changes(change),
              change.getReason()));
    }
    return table;
  }

  private static String changes(StagedChange change) {
    List<String> all =
        Stream.concat(
                change.getResourcesList().stream().map(one -> Ref.of(one).toString()),
                change.getDeletedList().stream().map(one -> Ref.of(one) + " deleted"))
            .toList();
    String some = all.stream().limit(LISTED).collect(Collectors.joining(", "));
    return all.size() <= LISTED ? some : some + " + " + (all.size() - LISTED) + " more";
  }

  public static String describe(StagedChange change, Instant now) {
    StringBuilder out = new StringBuilder();
    line(out, "Rollout", String.valueOf(change.getNumber()));
    line(out, "State", word(change.getState(), change.getPaused()));
    line(out, "Reason", change.getReason());
    line(out, "Step", change.getStep() + " of " + change.getPlan().getStepsCount());
    line(out, "Steps", steps(change.getPlan().getStepsList()));
    if (!change.getPlan().getPolicy().isEmpty()) {
      line(out, "Policy", change.getPlan().getPolicy());
    }
    if (change.getPlan().hasConfirmWithin()) {
      line(out, "Confirm within", time(change.getPlan().getConfirmWithin()));
    }
    line(out, "Author", change.getAuthor());
    line(out, "Message", change.getMessage());
    line(out, "Changes", changes(change));
    if (change.getRevision() > 0) {
      line(out, "Revision", String.valueOf(change.getRevision()));
    }
    if (change.hasProgress()) {
      line(out, "Agents", progress(change));
      line(out, "Figures", change.getProgress().getSentence());
    }
    Table table = new Table(List.of("AGE", "STATE", "STEP", "BY", "REASON"));
    for (RolloutTransition one : change.getTransitionsList()) {
      table.row(
          List.of(
              Ages.since(one.getTime(), now),
              word(one.getState(), one.getPaused()),
              String.valueOf(one.getStep()),
              one.getBy().isEmpty() ? "-" : one.getBy(),
              one.getReason()));
    }
    return out.append("History:\n").append(table.render("  ", Paint.PLAIN)).toString();
  }

  private static void line(StringBuilder out, String title, String text) {
    out.append("%-16s%s\n".formatted(title + ":", text.isEmpty() ? "<none>" : Table.clean(text)));
  }

  /** How far the step is. */
  public static String progress(StagedChange change) {
    RolloutProgress progress = change.getProgress();
    if (progress.getMembers() == 0 && !progress.getSentence().isEmpty()) {
      return progress.getSentence();
    }
    return "%d of %d agents of step %d run it%s%s"
        .formatted(
            progress.getCurrent(),
            progress.getMembers(),
            change.getStep(),
            progress.getRefused() == 0 ? "" : ", %d refused".formatted(progress.getRefused()),
            progress.getLost() == 0 ? "" : ", %d vanished".formatted(progress.getLost()));
  }

  /** "1%, 10%, zone=a, 100%". */
  public static String steps(List<RolloutStep> steps) {
    return steps.stream().map(RolloutRows::step).collect(Collectors.joining(", "));
  }

  private static String step(RolloutStep step) {
    String bake = step.hasBake() ? " for " + time(step.getBake()) : "";
    if (step.getAgentsCount() > 0) {
      return new TreeMap<>(step.getAgentsMap())
              .entrySet().stream()
                  .map(each -> each.getKey() + "=" + each.getValue())
                  .collect(Collectors.joining("+"))
          + bake;
    }
    double percent = step.getPercent();
    return (percent == Math.rint(percent)
            ? String.valueOf((long) percent)
            : String.valueOf(percent))
        + "%"
        + bake;
  }

  private static String time(com.google.protobuf.Duration duration) {
    return Durations.format(Duration.ofSeconds(duration.getSeconds(), duration.getNanos()));
  }

  public static boolean isOver(RolloutState state) {
    return switch (state) {
      case ROLLOUT_STATE_COMMITTED, ROLLOUT_STATE_ROLLED_BACK, ROLLOUT_STATE_ABORTED -> true;
      case ROLLOUT_STATE_PENDING,
          ROLLOUT_STATE_PUSHING,
          ROLLOUT_STATE_BAKING,
          ROLLOUT_STATE_UNSPECIFIED,
          UNRECOGNIZED ->
          false;
    };
  }

  /** "pushing", "paused", "rolled back". */
  public static String word(RolloutState state, boolean paused) {
    return switch (state) {
      case ROLLOUT_STATE_PENDING -> paused ? "paused" : "pending";
      case ROLLOUT_STATE_PUSHING -> paused ? "paused" : "pushing";
      case ROLLOUT_STATE_BAKING -> paused ? "paused" : "baking";
      case ROLLOUT_STATE_COMMITTED -> "committed";
      case ROLLOUT_STATE_ROLLED_BACK -> "rolled back";
      case ROLLOUT_STATE_ABORTED -> "aborted";
      case ROLLOUT_STATE_UNSPECIFIED, UNRECOGNIZED -> "unknown";
    };
  }
}
