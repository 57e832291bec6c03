package io.weir.controller.scaling;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;

/**
 * What clients ask for, from what is under way: without retries, with what agents that do not
 * report had before, and without what only piles up while there are too few endpoints. By Little's
 * law that is what arrives, times how long an answer takes while there is room, and what is left
 * over to be worked off. One thread at a time.
 */
final class Demand {
  /** What has piled up is to be gone that long after new endpoints serve. */
  private static final double WORK_OFF = 10;

  /**
   * Where more than answers account for is under way for longer than that, it has not piled up: it
   * takes long.
   */
  private static final long LONG = 60 * Forecast.SECOND;

  private static final long ARRIVALS = 5 * Forecast.SECOND;
  private static final double LEAST_SHARE = 0.25;

  private final Forecast inFlight = new Forecast();
  private final Forecast whole = new Forecast();
  private final Forecast steady = new Forecast();
  private final Forecast rate = new Forecast();
  private final Deque<Forecast.Point> held = new ArrayDeque<>();
  private final Deque<Forecast.Point> answers = new ArrayDeque<>();
  private boolean crowded;
  private long crowdedSince;
  private double wholeInFlight;
  private double wholeRate;

  /** The share of attempts that are not retries. */
  static double first(Sample sample) {
    double attempts = sample.rate() + sample.retries();
    return attempts == 0 ? 1 : Math.max(LEAST_SHARE, sample.rate() / attempts);
  }

  /**
   * @param each what an endpoint can have under way, if that is known
   * @param usualMicros how long an answer takes while there is room; 0: not known
   */
  void add(Sample sample, OptionalDouble each, double usualMicros) {
    long now = sample.atNanos();
    double here = (sample.inFlight() + sample.queued()) * first(sample);
    double missing = 1 - sample.coverage();
    if (sample.coverage() >= 1) {
      wholeInFlight += 0.1 * (here - wholeInFlight);
      wholeRate += 0.1 * (sample.rate() - wholeRate);
    }
    double load = here + missing * wholeInFlight;
    double served = sample.rate() + missing * wholeRate;
    held.addLast(new Forecast.Point(now, load));
    answers.addLast(new Forecast.Point(now, served));
    while (held.size() > 2 && now - held.getFirst().at() > ARRIVALS) {
      held.removeFirst();
      answers.removeFirst();
    }
    if (!crowded) {
      crowdedSince = now;
    }
    double piled = Math.min(load, left(load, sample.usable(), each, usualMicros));
    double asked = Math.min(load, load - piled + piled * usualMicros / 1e6 / WORK_OFF);
    steady.add(now, load - piled);
    inFlight.add(now, asked);
    whole.add(now, now - crowdedSince > LONG ? load : asked);
    rate.add(now, Math.max(served, sample.usable() == 0 && load > 0 ? 1 : 0));
  }

  /** Requests that have only piled up. */
  private double left(double load, int usable, OptionalDouble each, double usualMicros) {
    boolean piles = crowded;
    crowded = load > each.orElse(Double.POSITIVE_INFINITY) * usable;
    return piles && usualMicros > 0 && usable > 0
        ? Math.max(0, load - Math.max(0, arrivals()) * usualMicros / 1e6)
        : 0;
  }

  /** A second: what ended, and by how much more than that is under way. */
  private double arrivals() {
    double seconds = (held.getLast().at() - held.getFirst().at()) / 1e9;
    double answered = answers.stream().mapToDouble(Forecast.Point::value).average().orElse(0);
    return seconds <= 0
        ? answered
        : answered + (held.getLast().value() - held.getFirst().value()) / seconds;
  }

  /** Nothing is under way, and has not been for a minute. */
  boolean idle() {
    return inFlight.stable() == 0 && rate.stable() == 0;
  }

  Forecast inFlight() {
    return inFlight;
  }

  /** With what is under way for long, as open streams are: what an operator's number is of. */
  Forecast whole() {
    return whole;
  }

  /** Without what has piled up. */
  Forecast steady() {
    return steady;
  }

  Forecast rate() {
    return rate;
  }

  void write(Memory memory) {
    memory.number(wholeInFlight).number(wholeRate);
    write(inFlight, memory);
    write(whole, memory);
    write(steady, memory);
    write(rate, memory);
  }

  private static void write(Forecast forecast, Memory memory) {
    int skip = Math.max(0, forecast.size() - 64);
    memory.integer(forecast.size() - skip);
    for (Forecast.Point point : forecast.points()) {
      if (skip-- <= 0) {
        memory.time(point.at()).number(point.value());
      }
    }
  }

  void read(Memory memory) {
    wholeInFlight = memory.number();
    wholeRate = memory.number();
    read(inFlight, memory);
    read(whole, memory);
    read(steady, memory);
    read(rate, memory);
  }

  private static void read(Forecast forecast, Memory memory) {
    int count = memory.count();
    for (int i = 0; i < count; i++) {
      forecast.add(memory.time(), Math.max(0, memory.number()));
    }
  }
}
