package io.weir.controller.scaling;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many requests an endpoint can have under way with answers within a time: the most that went
 * well, a little more while it goes well easily, less once it does not. One thread at a time.
 */
final class Promptness {
  private static final long WINDOW = 15 * Forecast.SECOND;
  private static final int LEAST_ANSWERS = 50;
  private static final double EASY = 0.7;
  private static final double PROBE = 1.0005;

  private final double targetMicros;
  private final double tolerance;
  private final Deque<Heard> heard = new ArrayDeque<>();
  private double fine;
  private double p99;

  private record Heard(long at, Latencies latencies) {}

  /**
   * @param targetMicros 0: there is no target, only the figure
   */
  Promptness(double targetMicros, double tolerance) {
    this.targetMicros = targetMicros;
    this.tolerance = tolerance;
  }

  void hear(Sample sample) {
    heard.addLast(new Heard(sample.atNanos(), sample.latencies()));
    while (sample.atNanos() - heard.getFirst().at() >= WINDOW) {
      heard.removeFirst();
    }
    p99 =
        Histograms.quantile(
            Histograms.merged(heard.stream().map(Heard::latencies).toList()), 0.99, LEAST_ANSWERS);
  }

  void learn(Sample sample) {
    if (targetMicros == 0 || p99 == 0 || sample.usable() == 0) {
      return;
    }
    double each = (sample.inFlight() + sample.queued()) / sample.usable();
    if (late()) {
      fine = Math.min(fine == 0 ? each : fine, 0.95 * each);
    } else {
      fine = Math.max(fine, each);
      if (p99 < EASY * targetMicros) {
        fine *= PROBE;
      }
    }
  }

  boolean late() {
    return targetMicros > 0 && p99 > targetMicros * (1 + tolerance);
  }

  /** Of the last 15 s, in microseconds; 0: not known. */
  double p99() {
    return p99;
  }

  /** How many endpoints it takes, not rounded; as many as there are where nothing is known. */
  double wants(double expected, int usable, int endpoints) {
    if (late()) {
      double more = usable * Math.clamp(p99 / targetMicros, 1, 2);
      return Math.max(more, fine > 0 ? Math.min(expected / fine, 2.0 * usable) : 0);
    }
    return fine > 0 ? expected / fine : endpoints;
  }

  double fine() {
    return fine;
  }

  void restore(double remembered) {
    fine = remembered;
  }
}
