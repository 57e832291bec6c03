package io.weir.e2e.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What has to hold of an {@link Outcome}, and what did not. */
final class Verdict {
  static final double SHARE_ERROR_LIMIT = 2.0;
  static final long REQUESTS_AT_LEAST = 20_000;

  /** How the agent names a request whose endpoint vanished while it had it. */
  private static final String ON_ITS_WAY = "upstream-reset";

  private Verdict() {}

  /** One sentence for each thing that did not hold; empty when all did. */
  static List<String> failures(Outcome outcome) {
    var failures = new ArrayList<String>();
    if (outcome.requests() < REQUESTS_AT_LEAST) {
      failures.add("%,d requests, fewer than %,d".formatted(outcome.requests(), REQUESTS_AT_LEAST));
    }
    for (Phase phase : outcome.phases()) {
      if (phase.shareError() > SHARE_ERROR_LIMIT) {
        failures.add(
            "%s: a share is %.1f percentage points off its weight (at most %.1f)"
                .formatted(phase.title(), phase.shareError(), SHARE_ERROR_LIMIT));
      }
      if (outcome.kills().contains(phase)) {
        kill(phase, outcome.connections(), failures);
      } else if (phase.failed() > 0) {
        failures.add(
            "%s: %,d requests failed %s".formatted(phase.title(), phase.failed(), phase.reasons()));
      }
    }
    return List.copyOf(failures);
  }

  /**
   * A killed origin takes along what was on its way to it: at most one request of each connection,
   * and none that may be sent again.
   */
  private static void kill(Phase phase, int connections, List<String> failures) {
    if (phase.failedIdempotent() > 0) {
      failures.add(
          "%s: %,d idempotent requests failed %s"
              .formatted(phase.title(), phase.failedIdempotent(), phase.reasons()));
    }
    if (phase.failedOther() > connections) {
      failures.add(
          "%s: %,d requests failed, more than the %d that can have been on their way %s"
              .formatted(phase.title(), phase.failedOther(), connections, phase.reasons()));
    }
    for (Map.Entry<String, Long> reason : phase.reasons().entrySet()) {
      if (reason.getKey().startsWith("POST ") && !reason.getKey().contains(ON_ITS_WAY)) {
        failures.add(
            "%s: %,d requests that were not on their way failed: %s"
                .formatted(phase.title(), reason.getValue(), reason.getKey()));
      }
    }
  }
}
