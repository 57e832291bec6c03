package io.weir.cli.view;

import com.google.protobuf.Duration;
import io.weir.v1.Decision;
import io.weir.v1.EndpointExplanation;
import io.weir.v1.ExplainResponse;
import io.weir.v1.Pool;
import io.weir.v1.PoolStatus;
import io.weir.v1.Vote;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Why traffic is where it is, for a person. */
public final class Explanation {
  private final StringBuilder out = new StringBuilder();
  private final Instant now;
  private final Paint paint;

  private Explanation(Instant now, Paint paint) {
    this.now = now;
    this.paint = paint;
  }

  /** {@code explained}: of one endpoint. */
  public static String ofEndpoint(ExplainResponse explained, Instant now, Paint paint) {
    Explanation explanation = new Explanation(now, paint);
    explanation.frozen(explained);
    explained.getEndpointsList().forEach(endpoint -> explanation.endpoint(explained, endpoint));
    return explanation.out.toString();
  }

  public static String ofPool(ExplainResponse explained, Instant now, Paint paint) {
    Explanation explanation = new Explanation(now, paint);
    explanation.pool(explained);
    explanation.frozen(explained);
    explanation.out.append('\n');
    Table table = new Table(List.of("ENDPOINT", "STATE", "WHY"));
    for (EndpointExplanation endpoint : explained.getEndpointsList()) {
      String origin =
          Discoveries.origin(explained.getPool().getPool(), endpoint.getAddress())
              .map(how -> "; it " + how)
              .orElse("");
      table.row(
          List.of(
              endpoint.getAddress(),
              DecisionRows.word(endpoint.getVerdict()),
              endpoint.getSentence() + origin));
    }
    explanation.out.append(table.render(paint));
    explanation.decisions(explained.getDecisionsList());
    return explanation.out.toString();
  }

  private void pool(ExplainResponse explained) {
    Pool pool = explained.getPool().getPool();
    PoolStatus status = pool.getStatus();
    String name = explained.getPool().getMetadata().getName();
    if (status.getFloorDecision() == 0) {
      out.append("Pool %s has not failed over.\n".formatted(name));
    } else {
      out.append(
          "Pool %s is at priority %d since decision %d: %s.\n"
              .formatted(
                  name,
                  status.getFloor(),
                  status.getFloorDecision(),
                  Table.clean(status.getFloorReason())));
    }
    if (pool.getSpec().hasDiscovery()) {
      out.append(
          "Endpoints are found by DNS (%s): %s.\n"
              .formatted(
                  Discoveries.wanted(pool.getSpec().getDiscovery().getDns()),
                  String.join("; ", Discoveries.standing(status.getDiscovery(), now))));
    }
  }

  private void origin(ExplainResponse explained, EndpointExplanation endpoint) {
    Discoveries.origin(explained.getPool().getPool(), endpoint.getAddress())
        .ifPresent(how -> out.append("It %s.\n".formatted(how)));
  }

  private void frozen(ExplainResponse explained) {
    if (!explained.getFrozen().isEmpty()) {
      out.append(paint.bad("Frozen: " + Table.clean(explained.getFrozen()) + ".")).append('\n');
    }
  }

  private void endpoint(ExplainResponse explained, EndpointExplanation endpoint) {
    out.append(
        "%s of pool %s %s.\n"
            .formatted(
                endpoint.getAddress(),
                explained.getPool().getMetadata().getName(),
                Table.clean(endpoint.getSentence())));
    origin(explained, endpoint);
    out.append("Verdict:    ")
        .append(paint.state(DecisionRows.word(endpoint.getVerdict())))
        .append(why(explained, endpoint))
        .append('\n');
    out.append("Probed by:  ")
        .append(
            endpoint.getObserversCount() == 0
                ? "<none>"
                : Table.clean(String.join(", ", endpoint.getObserversList())))
        .append('\n');
    if (endpoint.getVotesCount() > 0) {
      out.append("\nWhat agents say:\n").append(votes(endpoint.getVotesList()).render("  ", paint));
    }
    decisions(endpoint.getDecisionsList());
  }

  /** " by decision 3: none of the 3 agents reaches it"; empty: no decision, or it has been said. */
  private static String why(ExplainResponse explained, EndpointExplanation endpoint) {
    return explained.getPool().getPool().getStatus().getEndpointsList().stream()
        .filter(status -> status.getAddress().equals(endpoint.getAddress()))
        .filter(status ->
            status.getDecision() != 0
                && !endpoint.getSentence().contains(status.getVerdictReason()))
        .findFirst()
        .map(status ->
            " by decision %d: %s"
                .formatted(status.getDecision(), Table.clean(status.getVerdictReason())))
        .orElse("");
  }

  private static Table votes(List<Vote> votes) {
    Table table = new Table(List.of("AGENT", "ZONE", "LAST-PROBE", "IN-A-ROW", "AGE", "SAYS"));
    for (Vote vote : votes) {
      String said = vote.getReached() ? "reaches it" : vote.getReason();
      table.row(
          List.of(
              vote.getAgent(),
              vote.getZone().isEmpty() ? "-" : vote.getZone(),
              vote.getReached() ? "passed" : "failed",
              String.valueOf(vote.getReached() ? vote.getSuccesses() : vote.getFailures()),
              age(vote.getAge()),
              vote.getDropped().isEmpty()
                  ? said
                  : "%s (not counted: %s)".formatted(said, vote.getDropped())));
    }
    return table;
  }

  private static String age(Duration age) {
    double seconds = age.getSeconds() + age.getNanos() / 1e9;
    return String.format(Locale.ROOT, "%.1fs", seconds);
  }

  private void decisions(List<Decision> decisions) {
    if (!decisions.isEmpty()) {
      out.append("\nDecisions, newest first:\n")
          .append(DecisionRows.of(decisions, now).render("  ", Paint.PLAIN));
    }
  }
}
