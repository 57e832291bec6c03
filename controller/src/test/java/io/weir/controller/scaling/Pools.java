package io.weir.controller.scaling;

import io.weir.v1.ScaleTargets;
import io.weir.v1.ScalerSpec;
import java.time.Instant;
import java.util.List;

/** Scalers and samples to try. */
final class Pools {
  private Pools() {}

  /** 1 to 50 endpoints, 8 requests under way for each. */
  static ScalerSpec.Builder inFlight() {
    return ScalerSpec.newBuilder()
        .setPool("web")
        .setMax(50)
        .setTargets(ScaleTargets.newBuilder().setInFlight(8));
  }

  /** 1 to 50 endpoints, learned. */
  static ScalerSpec.Builder learned() {
    return ScalerSpec.newBuilder().setPool("web").setMax(50);
  }

  /** A second of a pool in which nothing is odd. */
  static Sample sample(int second, int endpoints, double inFlight) {
    return new Sample(
        (second + 1) * 1_000_000_000L,
        Instant.EPOCH.plusSeconds(second),
        endpoints,
        endpoints,
        0,
        0,
        inFlight,
        0,
        inFlight * 10,
        0,
        0,
        answers(inFlight * 10, 100_000),
        1,
        true,
        0,
        List.of());
  }

  static Latencies answers(double count, long micros) {
    return new Latencies(List.of(micros), List.of(Math.round(count)));
  }

  static Sample with(
      Sample sample, int usable, double queued, double coverage, boolean agrees, int failedStarts) {
    return new Sample(
        sample.atNanos(),
        sample.wallClock(),
        sample.endpoints(),
        usable,
        sample.starting(),
        sample.ending(),
        sample.inFlight(),
        queued,
        sample.rate(),
        sample.failures(),
        sample.retries(),
        sample.latencies(),
        coverage,
        agrees,
        failedStarts,
        sample.perEndpoint());
  }

  static Sample with(Sample sample, Latencies latencies, List<PerEndpoint> perEndpoint) {
    return new Sample(
        sample.atNanos(),
        sample.wallClock(),
        sample.endpoints(),
        sample.usable(),
        sample.starting(),
        sample.ending(),
        sample.inFlight(),
        sample.queued(),
        sample.rate(),
        sample.failures(),
        sample.retries(),
        latencies,
        sample.coverage(),
        sample.storeAgrees(),
        sample.failedStarts(),
        perEndpoint);
  }
}
