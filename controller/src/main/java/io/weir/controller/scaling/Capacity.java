package io.weir.controller.scaling;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What one endpoint can have under way before its answers take longer, found out from them. While
 * there is room an answer takes as long as the service takes; beyond it answers only take longer
 * and not more of them come. What comes then, times what it takes while there is room, is the
 * capacity (Little's law; the bandwidth-delay product of Vegas and BBR). It is learned where
 * answers take 1.3 times as long as usual and the endpoints have about as many requests as they
 * could have so far: answers that take longer with fewer than that are of a service that has
 * changed. What has not been seen for long fades upwards, by half a percent in an hour, so that it
 * is tried anew. One thread at a time.
 */
final class Capacity {
  private static final int LEAST_ANSWERS = 100;
  private static final long SHORTEST = 5 * Forecast.SECOND;
  private static final long LONGEST = 30 * Forecast.SECOND;
  private static final double STRETCHED = 1.3;
  private static final double FADE = 0.005 / 3600;
  private static final double MOST_FADED = 1.15;

  private final Deque<Second> seconds = new ArrayDeque<>();
  private double usual;
  private double learned;
  private long confirmed;
  private long since;

  private record Second(
      long at, double answers, double micros, double rate, double each, double held) {}

  /**
   * What the last seconds were like.
   *
   * @param micros how long an answer took, in the mean
   * @param rate answers a second of one endpoint
   * @param each requests under way or waiting for each endpoint
   * @param held requests under way at each endpoint
   */
  private record Lately(double micros, double rate, double each, double held) {}

  /** What is remembered from one controller to the next. */
  record State(double usual, double learned, long confirmed) {}

  /** Whether answers take longer than usual because endpoints have no more room. */
  boolean add(Sample sample, double answered) {
    if (since == 0) {
      since = sample.atNanos();
    }
    if (sample.usable() == 0) {
      return false;
    }
    seconds.addLast(
        new Second(
            sample.atNanos(),
            sample.latencies().total(),
            Histograms.sum(sample.latencies()),
            answered / sample.usable(),
            (sample.inFlight() + sample.queued()) / sample.usable(),
            sample.inFlight() / sample.usable()));
    while (sample.atNanos() - seconds.getFirst().at() >= LONGEST) {
      seconds.removeFirst();
    }
    Lately lately = lately(sample.atNanos());
    if (lately == null || sample.failures() > 0.05 * answered) {
      return false;
    }
    return judge(sample, lately);
  }

  private boolean judge(Sample sample, Lately lately) {
    long now = sample.atNanos();
    if (usual == 0) {
      usual = lately.micros();
      return false;
    }
    boolean waits = sample.queued() > 0.2 * (sample.inFlight() + sample.queued());
    boolean stretched = lately.micros() >= STRETCHED * usual || waits;
    boolean full = learned == 0 ? now - since >= LONGEST || waits : lately.each() >= 0.8 * learned;
    if (stretched && full) {
      double seen = lately.rate() * usual / 1e6;
      // Where something holds requests back before the endpoints, what they hold is what they can.
      double found = waits ? Math.max(seen, lately.held()) : seen;
      learned = learned == 0 ? found : learned + 0.1 * (found - learned);
      confirmed = now;
      return true;
    }
    if (lately.micros() < usual) {
      usual += 0.2 * (lately.micros() - usual);
    } else if (!stretched) {
      usual += (lately.micros() - usual) / 600;
    } else if (learned > 0 && lately.each() < 0.6 * learned) {
      usual += (lately.micros() - usual) / 60;
    }
    if (learned > 0 && lately.micros() < 1.2 * usual && lately.each() > learned) {
      learned += 0.2 * (lately.each() - learned);
      confirmed = now;
    }
    return false;
  }

  /** Of the last 5 s, or as many more as it takes to have heard enough; null: nobody knows. */
  private @Nullable Lately lately(long now) {
    double answers = 0;
    double micros = 0;
    double rate = 0;
    double each = 0;
    double held = 0;
    int count = 0;
    for (var all = seconds.descendingIterator(); all.hasNext(); ) {
      Second second = all.next();
      if (now - second.at() >= SHORTEST && answers >= LEAST_ANSWERS) {
        break;
      }
      answers += second.answers();
      micros += second.micros();
      rate += second.rate();
      each += second.each();
      held += second.held();
      count++;
    }
    return answers < LEAST_ANSWERS
        ? null
        : new Lately(micros / answers, rate / count, each / count, held / count);
  }

  /** Requests under way; empty: not known yet. */
  OptionalDouble each(long now) {
    if (learned <= 0) {
      return OptionalDouble.empty();
    }
    double faded = 1 + FADE * Math.max(0, now - confirmed) / 1e9;
    return OptionalDouble.of(learned * Math.min(MOST_FADED, faded));
  }

  /** How long an answer takes while there is room, in microseconds; 0: not known. */
  double usualMicros() {
    return usual;
  }

  State state() {
    return new State(usual, learned, confirmed);
  }

  void restore(State state) {
    usual = state.usual();
    learned = state.learned();
    confirmed = state.confirmed();
  }
}
