package io.weir.cli.view;

import com.google.protobuf.Duration;
import io.weir.cli.yaml.Durations;
import io.weir.v1.ExplainResponse;
import io.weir.v1.InstanceState;
import io.weir.v1.Resource;
import io.weir.v1.ScaleDecided;
import io.weir.v1.ScaleHook;
import io.weir.v1.ScaleInputs;
import io.weir.v1.ScaleTargets;
import io.weir.v1.ScaledInstance;
import io.weir.v1.Scaler;
import io.weir.v1.ScalerSpec;
import io.weir.v1.ScalerStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** How many endpoints there are, and why, for a person. */
public final class ScalerView {
  private static final int WIDTH = 15;

  private static final int ZONE_PLACE = 2;

  private final StringBuilder out = new StringBuilder();
  private final Instant now;
  private final Paint paint;

  private ScalerView(Instant now, Paint paint) {
    this.now = now;
    this.paint = paint;
  }

  /** Of a table: pool, current, desired, min, max, mode, age and why. */
  static List<String> cells(Scaler scaler, String age) {
    ScalerSpec spec = scaler.getSpec();
    ScalerStatus status = scaler.getStatus();
    return List.of(
        spec.getPool(),
        String.valueOf(status.getCurrent()),
        status.getDecision() == 0 ? "-" : String.valueOf(status.getDesired()),
        String.valueOf(min(spec)),
        String.valueOf(spec.getMax()),
        mode(spec),
        age,
        why(status));
  }

  private static int min(ScalerSpec spec) {
    return spec.hasMin() ? spec.getMin() : 1;
  }

  private static String mode(ScalerSpec spec) {
    return switch (spec.getMode()) {
      case SCALE_MODE_OFF -> "off";
      case SCALE_MODE_ACT -> "act";
      case SCALE_MODE_RECOMMEND, SCALE_MODE_UNSPECIFIED, UNRECOGNIZED -> "recommend";
    };
  }

  /** What matters most of it. */
  private static String why(ScalerStatus status) {
    if (!status.getHookError().isEmpty()) {
      return "the hook fails: " + status.getHookError();
    }
    if (!status.getFrozen().isEmpty()) {
      return "frozen: " + status.getFrozen();
    }
    String reason = status.getReason();
    return reason.isEmpty() ? status.getRecommendation() : reason;
  }

  /** Of a decision, in a few words. */
  static String what(ScaleDecided decided) {
    String change = "%d -> %d".formatted(decided.getFrom(), decided.getTo());
    if (decided.getRecommendedOnly()) {
      return change + ", not done";
    }
    long ending =
        decided.getVictimsList().stream()
            .filter(one -> one.getState() == InstanceState.INSTANCE_STATE_ENDING)
            .count();
    return decided.getFrom() != decided.getTo()
        ? change
        : ending > 0 ? ending + (ending == 1 ? " ends" : " end") : "still " + decided.getTo();
  }

  /** At length, below a description's header. */
  static String of(Resource scaler, Instant now, Paint paint) {
    ScalerView view = new ScalerView(now, paint);
    ScalerSpec spec = scaler.getScaler().getSpec();
    view.line("Pool", spec.getPool());
    view.line("Mode", mode(spec));
    view.line("Endpoints", "%d to %d".formatted(min(spec), spec.getMax()));
    view.line("Targets", String.join(", ", targets(spec.getTargets())));
    view.line("Hook", hook(spec.getHook()));
    view.status(scaler.getScaler());
    return view.out.toString();
  }

  /** Why there are as many as there are. */
  public static String explain(ExplainResponse explained, Instant now, Paint paint) {
    ScalerView view = new ScalerView(now, paint);
    Resource resource = explained.getScaler();
    Scaler scaler = resource.getScaler();
    ScalerStatus status = scaler.getStatus();
    view.out.append(
        "Scaler %s of pool %s: %d -> %d.\n"
            .formatted(
                resource.getMetadata().getName(),
                scaler.getSpec().getPool(),
                status.getCurrent(),
                status.getDecision() == 0 ? status.getRecommended() : status.getDesired()));
    view.status(scaler);
    if (explained.getDecisionsCount() > 0) {
      view.out
          .append("\nDecisions, newest first:\n")
          .append(DecisionRows.of(explained.getDecisionsList(), now).render("  ", Paint.PLAIN));
    }
    return view.out.toString();
  }

  private void status(Scaler scaler) {
    ScalerStatus status = scaler.getStatus();
    line(
        "Now",
        "%d serve, %d start, %d end"
            .formatted(status.getCurrent(), status.getStarting(), status.getEnding()));
    if (status.getDecision() != 0) {
      line(
          "Desired",
          "%d by decision %d: %s"
              .formatted(
                  status.getDesired(), status.getDecision(), Table.clean(status.getReason())));
    }
    if (!status.getRecommendation().isEmpty()) {
      line(
          "Recommended",
          "%d: %s".formatted(status.getRecommended(), Table.clean(status.getRecommendation())));
    }
    warn("Frozen", status.getFrozen());
    warn("Advice", status.getAdvice());
    warn("Hook fails", status.getHookError());
    if (status.hasInputs()) {
      inputs(status.getInputs());
    }
    if (status.getInstancesCount() > 0) {
      out.append("Instances:\n").append(instances(status.getInstancesList()).render("  ", paint));
    }
  }

  private void inputs(ScaleInputs inputs) {
    line(
        "Load",
        "%s under way, %s wait, %s/s answered, %s/s fail, %s/s retried"
            .formatted(
                number(inputs.getInFlight()),
                number(inputs.getQueued()),
                number(inputs.getRate()),
                number(inputs.getFailures()),
                number(inputs.getRetries())));
    List<String> more = new ArrayList<>();
    if (inputs.hasP99()) {
      more.add("p99 " + time(inputs.getP99()));
    }
    more.add(number(inputs.getExpected()) + " under way once a new one serves");
    if (inputs.getCapacity() > 0) {
      more.add("an endpoint holds " + number(inputs.getCapacity()));
    }
    if (inputs.getPanic()) {
      more.add("panic");
    }
    if (inputs.getCoverage() < 1) {
      more.add("known of %.0f %% of the agents".formatted(100 * inputs.getCoverage()));
    }
    line("Expected", String.join(", ", more));
    if (inputs.getWantsCount() > 0) {
      List<String> wants = new ArrayList<>();
      new TreeMap<>(inputs.getWantsMap()).forEach((target, n) -> wants.add(target + " " + n));
      line("Asked for by", String.join(", ", wants));
    }
  }

  private Table instances(List<ScaledInstance> instances) {
    boolean zonal = instances.stream().anyMatch(one -> !one.getZone().isEmpty());
    List<String> headers =
        new ArrayList<>(List.of("ID", "ADDRESS", "STATE", "SINCE", "DECISION", "WHY"));
    if (zonal) {
      headers.add(ZONE_PLACE, "ZONE");
    }
    Table table = new Table(headers);
    for (ScaledInstance one : instances) {
      List<String> row =
          new ArrayList<>(
              List.of(
                  one.getId(),
                  one.getAddress().isEmpty() ? "-" : one.getAddress(),
                  word(one.getState()),
                  Ages.since(one.getSince(), now),
                  one.getDecision() == 0 ? "-" : String.valueOf(one.getDecision()),
                  one.getReason()));
      if (zonal) {
        row.add(ZONE_PLACE, one.getZone().isEmpty() ? "-" : one.getZone());
      }
      table.row(row);
    }
    return table;
  }

  private static String word(InstanceState state) {
    return state.name().replace("INSTANCE_STATE_", "").toLowerCase(Locale.ROOT);
  }

  private static List<String> targets(ScaleTargets targets) {
    List<String> all = new ArrayList<>();
    if (targets.getInFlight() > 0) {
      all.add(number(targets.getInFlight()) + " under way each");
    }
    if (targets.getRate() > 0) {
      all.add(number(targets.getRate()) + " a second each");
    }
    if (targets.hasP99()) {
      all.add("p99 " + time(targets.getP99()));
    }
    if (all.isEmpty() || targets.hasLearned()) {
      double share = targets.getLearned().getUtilization();
      all.add("%.0f %% of what is learned".formatted(100 * (share == 0 ? 0.7 : share)));
    }
    return all;
  }

  private static String hook(ScaleHook hook) {
    return switch (hook.getKindCase()) {
      case WEBHOOK -> "webhook " + hook.getWebhook().getUrl();
      case AWS -> "aws %s in %s".formatted(hook.getAws().getGroup(), hook.getAws().getRegion());
      case GCP -> "gcp " + hook.getGcp().getGroup();
      case AZURE -> "azure " + hook.getAzure().getScaleSet();
      case KUBERNETES -> "kubernetes " + hook.getKubernetes().getName();
      case PROCESS -> "process " + String.join(" ", hook.getProcess().getCommandList());
      case KIND_NOT_SET -> "<none>";
    };
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.1f", value);
  }

  private static String time(Duration wire) {
    return Durations.format(java.time.Duration.ofSeconds(wire.getSeconds(), wire.getNanos()));
  }

  private void warn(String title, String text) {
    if (!text.isEmpty()) {
      line(title, paint.warning(Table.clean(text)));
    }
  }

  private void line(String title, String text) {
    out.append(title).append(':');
    out.append(" ".repeat(Math.max(1, WIDTH - title.length() - 1))).append(text).append('\n');
  }
}
