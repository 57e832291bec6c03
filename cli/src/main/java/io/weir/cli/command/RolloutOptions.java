package io.weir.cli.command;

import io.weir.cli.admin.CtlException;
import io.weir.v1.RolloutPlan;
import io.weir.v1.RolloutStep;
import io.weir.v1.RolloutWish;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of commands whose change can go out step by step. */
final class RolloutOptions {
  @Option(
      names = "--rollout",
      paramLabel = "NAME",
      description = "Let the change go out by the steps of this Rollout.")
  private String policy = "";

  @Option(
      names = "--steps",
      split = ",",
      paramLabel = "STEP",
      converter = Step.class,
      description =
          "Let it go out by steps of its own: 1%%,10%%,100%%, or LABEL=VALUE for the agents that"
              + " have it.")
  private List<RolloutStep> steps = new ArrayList<>();

  @Option(
      names = "--bake",
      paramLabel = "DURATION",
      converter = Bake.class,
      description = "How long the agents of each of these steps are watched (default 30s).")
  private @Nullable Duration bake;

  @Option(
      names = "--now",
      description = "To all agents at once, even if a Rollout selects what is changed.")
  private boolean now;

  @Option(
      names = "--confirm-within",
      paramLabel = "DURATION",
      converter = WeirCtl.DurationOption.class,
      description =
          "To all agents at once, and back unless it is confirmed in time (see rollout confirm).")
  private @Nullable Duration confirmWithin;

  /** What is asked for; the default instance: nothing. */
  RolloutWish wish() {
    int ways =
        (policy.isEmpty() ? 0 : 1)
            + (steps.isEmpty() ? 0 : 1)
            + (now ? 1 : 0)
            + (confirmWithin == null ? 0 : 1);
    if (ways > 1) {
      throw CtlException.error(
          "give one of --rollout, --steps, --now and --confirm-within, not several");
    }
    if (bake != null && steps.isEmpty()) {
      throw CtlException.error("--bake is for the steps of --steps");
    }
    RolloutWish.Builder wish = RolloutWish.newBuilder();
    if (!policy.isEmpty()) {
      wish.setPolicy(policy);
    } else if (now) {
      wish.setNow(true);
    } else if (confirmWithin != null) {
      wish.setPlan(
          RolloutPlan.newBuilder()
              .addSteps(RolloutStep.newBuilder().setPercent(100))
              .setConfirmWithin(wire(confirmWithin)));
    } else if (!steps.isEmpty()) {
      RolloutPlan.Builder plan = RolloutPlan.newBuilder();
      for (RolloutStep step : steps) {
        plan.addSteps(bake == null ? step : step.toBuilder().setBake(wire(bake)).build());
      }
      wish.setPlan(plan);
    }
    return wish.build();
  }

  /** What follows an outcome. */
  static String note(long rollout) {
    return rollout == 0 ? "" : " (by rollout %d)".formatted(rollout);
  }

  private static com.google.protobuf.Duration wire(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  static final class Bake implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      return text.equals("0") || text.equals("0s")
          ? Duration.ZERO
          : new WeirCtl.DurationOption().convert(text);
    }
  }

  static final class Step implements ITypeConverter<RolloutStep> {
    @Override
    public RolloutStep convert(String text) {
      if (text.matches("[0-9]{1,3}(\\.[0-9]{1,6})?%")) {
        double percent = Double.parseDouble(text.substring(0, text.length() - 1));
        if (percent > 0 && percent <= 100) {
          return RolloutStep.newBuilder().setPercent(percent).build();
        }
      }
      int equals = text.indexOf('=');
      if (equals > 0) {
        return RolloutStep.newBuilder()
            .putAgents(text.substring(0, equals), text.substring(equals + 1))
            .build();
      }
      throw new TypeConversionException(
          "expected a percentage such as 10%, or LABEL=VALUE, not \"" + text + "\"");
    }
  }
}
