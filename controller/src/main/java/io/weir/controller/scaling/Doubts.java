package io.weir.controller.scaling;

import java.util.Optional;

/** What is against changing the number of endpoints, in sentences. One thread at a time. */
final class Doubts {
  private static final int FAILED_STARTS = 3;
  private static final double FAILING = 0.2;
  private static final long RETRY = 300 * Forecast.SECOND;
  private static final long RETRYING = 3 * Forecast.SECOND;
  private static final long NEVER = Long.MIN_VALUE;

  private long failingSince = NEVER;

  /** What may be wanted, and why not more or fewer. */
  record Held(int wanted, Optional<String> why) {}

  /**
   * @param advice what more endpoints would not help
   */
  Held hold(Sample sample, int wanted, Optional<String> advice) {
    int there = sample.endpoints();
    if (sample.failedStarts() < FAILED_STARTS) {
      failingSince = NEVER;
    } else if (failingSince == NEVER) {
      failingSince = sample.atNanos();
    }
    if (wanted < there) {
      return whyNotFewer(sample)
          .map(why -> new Held(there, Optional.of(why)))
          .orElseGet(() -> new Held(wanted, Optional.empty()));
    }
    if (wanted > there) {
      Optional<String> why = whyNotMore(sample);
      if (why.isPresent() || advice.isPresent()) {
        return new Held(isTrying(sample) ? there + 1 : there, why.or(() -> advice));
      }
    }
    return new Held(wanted, Optional.empty());
  }

  /** One is tried for a moment every few minutes, while none of those before became healthy. */
  private boolean isTrying(Sample sample) {
    if (failingSince == NEVER || sample.starting() > 0) {
      return false;
    }
    long failing = sample.atNanos() - failingSince;
    return failing >= RETRY && failing % RETRY < RETRYING;
  }

  /** Empty: nothing is against fewer endpoints. */
  private static Optional<String> whyNotFewer(Sample sample) {
    if (sample.coverage() < 1) {
      return Optional.of(
          "%.0f %% of the agents have not reported lately, so there are not to be fewer endpoints"
              .formatted(Math.ceil(100 * (1 - sample.coverage()))));
    }
    if (!sample.storeAgrees()) {
      return Optional.of(
          "the store does not have what was decided last, so there are not to be fewer endpoints");
    }
    if (sample.rate() > 0 && sample.failures() > FAILING * sample.rate()) {
      return Optional.of(
          "%.0f %% of the requests fail, so there are not to be fewer endpoints"
              .formatted(Math.min(100, 100 * sample.failures() / sample.rate())));
    }
    return sample.usable() == 0 && sample.endpoints() > 0 ? unusable(sample) : Optional.empty();
  }

  /** Empty: nothing is against more. */
  private static Optional<String> whyNotMore(Sample sample) {
    if (sample.failedStarts() >= FAILED_STARTS) {
      return Optional.of(
          "the last %d new endpoints never became healthy; until one does only one is tried every 5 min"
              .formatted(sample.failedStarts()));
    }
    return sample.usable() == 0 && sample.endpoints() > sample.starting()
        ? unusable(sample)
        : Optional.empty();
  }

  private static Optional<String> unusable(Sample sample) {
    return Optional.of(
        "none of %s can serve, so nobody can tell how many it takes"
            .formatted(Figures.endpoints(sample.endpoints())));
  }
}
