package io.weir.cli.view;

import io.weir.v1.Decision;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Decisions as a table. */
public final class DecisionRows {
  private DecisionRows() {}

  public static Table of(List<Decision> decisions, Instant now) {
    Table table = new Table(List.of("DECISION", "AGE", "SUBJECT", "WHAT", "CAUSE", "REASON"));
    for (Decision decision : decisions) {
      table.row(row(decision, Ages.since(decision.getTime(), now)));
    }
    return table;
  }

  /** The head of a table that goes on, with room for what usually comes. */
  public static Table following() {
    return new Table(
        List.of(
            "DECISION",
            "TIME                    ",
            "SUBJECT                        ",
            "WHAT                   ",
            "CAUSE",
            "REASON"));
  }

  /** As a row of {@link #following}. */
  public static List<String> timed(Decision decision) {
    Instant time =
        Instant.ofEpochSecond(decision.getTime().getSeconds(), decision.getTime().getNanos());
    return row(decision, time.truncatedTo(ChronoUnit.MILLIS).toString());
  }

  private static List<String> row(Decision decision, String when) {
    return List.of(
        String.valueOf(decision.getNumber()),
        when,
        subject(decision),
        what(decision),
        decision.getCause() == 0 ? "-" : String.valueOf(decision.getCause()),
        decision.getReason());
  }

  private static String subject(Decision decision) {
    return switch (decision.getSubjectCase()) {
      case ENDPOINT ->
          decision.getEndpoint().getPool() + " " + decision.getEndpoint().getEndpoint();
      case POOL -> decision.getPool().getPool();
      case AGENT -> "agent/" + decision.getAgent().getAgent();
      case DISCOVERY -> decision.getDiscovery().getPool();
      case FREEZE -> "all";
      case ROLLOUT -> "rollout/" + decision.getRollout().getRollout();
      case SCALE -> "scaler/" + decision.getScale().getScaler();
      case SUBJECT_NOT_SET -> "-";
    };
  }

  private static String what(Decision decision) {
    return switch (decision.getSubjectCase()) {
      case ENDPOINT ->
          word(decision.getEndpoint().getBefore())
              + " -> "
              + word(decision.getEndpoint().getVerdict());
      case POOL ->
          "priority %d -> %d".formatted(decision.getPool().getFrom(), decision.getPool().getTo());
      case AGENT -> decision.getAgent().getTrusted() ? "trusted" : "distrusted";
      case DISCOVERY ->
          decision.getDiscovery().getFailing() ? "discovery fails" : "discovery works";
      case FREEZE -> decision.getFreeze().getFrozen() ? "frozen" : "thawed";
      case ROLLOUT ->
          RolloutRows.word(
              decision.getRollout().getTransition().getState(),
              decision.getRollout().getTransition().getPaused());
      case SCALE -> ScalerView.what(decision.getScale());
      case SUBJECT_NOT_SET -> "-";
    };
  }

  static String word(io.weir.v1.Verdict verdict) {
    return switch (verdict) {
      case VERDICT_HEALTHY -> "healthy";
      case VERDICT_UNHEALTHY -> "unhealthy";
      case VERDICT_ASYMMETRIC -> "asymmetric";
      case VERDICT_UNKNOWN, VERDICT_UNSPECIFIED, UNRECOGNIZED -> "unknown";
    };
  }
}
