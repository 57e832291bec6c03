package io.weir.controller.reconcile;

import io.weir.v1.Decision;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line in the log for each decision that is in force. */
final class DecisionNotes {
  private static final Logger log = LoggerFactory.getLogger(DecisionNotes.class);

  private DecisionNotes() {}

  static void log(Decision decision) {
    switch (decision.getSubjectCase()) {
      case ENDPOINT ->
          log.atInfo()
              .addKeyValue("decision", decision.getNumber())
              .addKeyValue("pool", decision.getEndpoint().getPool())
              .addKeyValue("endpoint", decision.getEndpoint().getEndpoint())
              .addKeyValue("verdict", decision.getEndpoint().getVerdict())
              .addKeyValue("reason", decision.getReason())
              .log("endpoint judged");
      case POOL ->
          log.atWarn()
              .addKeyValue("decision", decision.getNumber())
              .addKeyValue("pool", decision.getPool().getPool())
              .addKeyValue("from", decision.getPool().getFrom())
              .addKeyValue("to", decision.getPool().getTo())
              .addKeyValue("cause", decision.getCause())
              .addKeyValue("reason", decision.getReason())
              .log("pool moved");
      case FREEZE ->
          log.atWarn()
              .addKeyValue("decision", decision.getNumber())
              .addKeyValue("frozen", decision.getFreeze().getFrozen())
              .addKeyValue("reason", decision.getReason())
              .log("ejections frozen or thawed");
      case AGENT ->
          log.atWarn()
              .addKeyValue("decision", decision.getNumber())
              .addKeyValue("agent", decision.getAgent().getAgent())
              .addKeyValue("trusted", decision.getAgent().getTrusted())
              .addKeyValue("reason", decision.getReason())
              .log("trust in an agent changed");
      case ROLLOUT ->
          log.atWarn()
              .addKeyValue("decision", decision.getNumber())
              .addKeyValue("rollout", decision.getRollout().getRollout())
              .addKeyValue("state", decision.getRollout().getTransition().getState())
              .addKeyValue("step", decision.getRollout().getTransition().getStep())
              .addKeyValue("reason", decision.getReason())
              .log("rollout moved");
      case SCALE ->
          log.atInfo()
              .addKeyValue("decision", decision.getNumber())
              .addKeyValue("scaler", decision.getScale().getScaler())
              .addKeyValue("pool", decision.getScale().getPool())
              .addKeyValue("from", decision.getScale().getFrom())
              .addKeyValue("to", decision.getScale().getTo())
              .addKeyValue("recommendedOnly", decision.getScale().getRecommendedOnly())
              .addKeyValue("reason", decision.getReason())
              .log("scaled");
      // Logged where it is found out.
      case DISCOVERY, SUBJECT_NOT_SET -> {}
    }
  }
}
