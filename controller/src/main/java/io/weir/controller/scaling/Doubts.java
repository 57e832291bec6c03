package io.weir.controller.scaling;

import java.util.Optional;

/** What is against changing the number of endpoints, in sentences. */
final class Doubts {
  static final int FAILED_STARTS = 3;

  private static final double FAILING = 0.2;

  private Doubts() {}

  /** Empty: nothing is against fewer endpoints. */
  static Optional<String> whyNotFewer(Sample sample) {
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
  static Optional<String> whyNotMore(Sample sample) {
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
