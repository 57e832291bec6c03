package io.weir.e2e.demo;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The outcome as a table for people. */
final class Summary {
  private Summary() {}

  static String of(Outcome outcome) {
    var text = new StringBuilder();
    text.append(
        "%n%-28s %9s %7s  %-13s %-13s %-13s %10s%n"
            .formatted(
                "phase",
                "requests",
                "failed",
                Stage.ORIGIN_1,
                Stage.ORIGIN_2,
                Stage.BACKUP,
                "slowest"));
    for (Phase phase : outcome.phases()) {
      text.append(
          "%-28s %,9d %,7d  %-13s %-13s %-13s %7.0f ms%n"
              .formatted(
                  phase.title(),
                  phase.requests(),
                  phase.failed(),
                  share(phase, Stage.ORIGIN_1),
                  share(phase, Stage.ORIGIN_2),
                  share(phase, Stage.BACKUP),
                  phase.slowestMillis()));
    }
    text.append("%-28s %,9d %,7d%n%n".formatted("all", outcome.requests(), outcome.failed()));
    text.append(
        """
        Shares are measured / declared, in %%, of the requests begun after both agents had acked the
        change and found every endpoint up or down as it was. Largest distance: %.2f percentage points.
        """
            .formatted(outcome.shareErrorMax()));
    for (Phase phase : outcome.kills()) {
      text.append(killed(phase, outcome.failoverMillis().get(outcome.kills().indexOf(phase))));
    }
    return text.toString();
  }

  private static String killed(Phase phase, double failoverMillis) {
    String failed =
        phase.failed() == 0
            ? "no request failed"
            : "%.1f ms from the kill to no more errors; %,d idempotent and %,d other requests failed (%s)"
                .formatted(
                    failoverMillis, phase.failedIdempotent(), phase.failedOther(), reasons(phase));
    return "%s: %s.%n".formatted(phase.title(), failed);
  }

  private static String reasons(Phase phase) {
    List<Map.Entry<String, Long>> reasons = List.copyOf(phase.reasons().entrySet());
    return reasons.stream()
        .map(reason -> reason.getKey() + ": " + reason.getValue())
        .collect(Collectors.joining(", "));
  }

  private static String share(Phase phase, String endpoint) {
    return "%.1f / %.1f"
        .formatted(100 * phase.share(endpoint), 100 * phase.declared().getOrDefault(endpoint, 0.0));
  }
}
