package io.weir.controller.scaling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Tells when more endpoints would not help: one has most of the requests, one zone is slow, or the
 * last scale-outs made nothing better. One thread at a time.
 */
final class Advisor {
  private static final int WATCHED = 30;
  private static final int ENOUGH = 24;
  private static final long EFFECT = 30 * Forecast.SECOND;
  private static final long AGAIN = 600 * Forecast.SECOND;
  private static final double UNEVEN = 3;
  private static final double SLOW_ZONE = 2;

  private final boolean[] uneven = new boolean[WATCHED];
  private int turn;
  private int served;
  private double throughput;
  private double micros;
  private long grown;
  private int before;
  private double throughputBefore;
  private double microsBefore;
  private int useless;
  private long uselessAt;

  /**
   * What to say; empty: more endpoints help.
   *
   * @param answered a second, of all endpoints
   * @param stretched answers take longer than usual
   * @param room what an endpoint may have under way before it has no more room; 0: not known
   */
  Optional<String> add(Sample sample, double answered, boolean stretched, double room) {
    effect(sample, answered, stretched);
    Optional<String> spread = spread(sample, room);
    uneven[turn] = spread.isPresent();
    turn = (turn + 1) % WATCHED;
    int times = 0;
    for (boolean was : uneven) {
      times += was ? 1 : 0;
    }
    if (spread.isPresent() && times >= ENOUGH) {
      return spread;
    }
    if (useless >= 2 && stretched && sample.atNanos() - uselessAt < AGAIN) {
      return Optional.of(
          "answers take %s after the last %d scale-outs, no less than before, and no more of them come: something behind the endpoints is what holds them up"
              .formatted(Figures.millis(micros), useless));
    }
    return Optional.empty();
  }

  /** Whether the last scale-outs made anything better. */
  private void effect(Sample sample, double answered, boolean stretched) {
    long now = sample.atNanos();
    double answers = sample.latencies().total();
    throughput += 0.1 * (answered - throughput);
    if (answers > 0) {
      micros += 0.1 * (Histograms.sum(sample.latencies()) / answers - micros);
    }
    if (!stretched) {
      useless = 0;
      grown = 0;
    } else if (grown == 0 && served > 0 && sample.usable() > served) {
      grown = now;
      before = served;
      throughputBefore = throughput;
      microsBefore = micros;
    } else if (grown > 0 && now - grown >= EFFECT) {
      double more = (double) sample.usable() / before - 1;
      boolean better =
          micros < 0.9 * microsBefore || throughput > throughputBefore * (1 + 0.3 * more);
      if (better) {
        useless = 0;
      } else if (more >= 0.1) {
        useless++;
        uselessAt = now;
      }
      grown = 0;
    }
    served = sample.usable();
  }

  private static Optional<String> spread(Sample sample, double room) {
    List<PerEndpoint> all = new ArrayList<>(sample.perEndpoint());
    if (all.size() < 3 || room <= 0) {
      return Optional.empty();
    }
    all.sort(Comparator.comparingDouble(PerEndpoint::inFlight));
    PerEndpoint middle = all.get(all.size() / 2);
    PerEndpoint busiest = all.getLast();
    if (middle.inFlight() > 0.5 * room || busiest.inFlight() < 0.8 * room) {
      return Optional.empty();
    }
    Optional<String> zone = slowZone(all);
    if (zone.isPresent()) {
      return zone;
    }
    if (busiest.inFlight() < UNEVEN * Math.max(0.5, middle.inFlight())) {
      return Optional.empty();
    }
    double total = all.stream().mapToDouble(PerEndpoint::rate).sum();
    double others = middle.rate();
    return Optional.of(
        busiest.rate() > UNEVEN * others
            ? "endpoint %s gets %.0f %% of the requests while others have room: a hot key, or weights, and not too few endpoints"
                .formatted(busiest.address(), 100 * busiest.rate() / total)
            : "endpoint %s has %s requests under way and the one in the middle %s: it is slow, and more endpoints would not make it faster"
                .formatted(
                    busiest.address(),
                    Figures.number(busiest.inFlight()),
                    Figures.number(middle.inFlight())));
  }

  private static Optional<String> slowZone(List<PerEndpoint> all) {
    Map<String, double[]> zones = new TreeMap<>();
    for (PerEndpoint endpoint : all) {
      double[] sums = zones.computeIfAbsent(endpoint.zone(), _ -> new double[2]);
      sums[0] += endpoint.inFlight();
      sums[1] += endpoint.rate();
    }
    if (zones.size() < 2) {
      return Optional.empty();
    }
    double held = zones.values().stream().mapToDouble(sums -> sums[0]).sum();
    double rate = zones.values().stream().mapToDouble(sums -> sums[1]).sum();
    for (Map.Entry<String, double[]> zone : zones.entrySet()) {
      double here = zone.getValue()[0] / Math.max(1e-9, zone.getValue()[1]);
      double there = (held - zone.getValue()[0]) / Math.max(1e-9, rate - zone.getValue()[1]);
      if (zone.getValue()[1] > 0 && there > 0 && here > SLOW_ZONE * there) {
        return Optional.of(
            String.format(
                Locale.ROOT,
                "zone %s takes %.1f times as long as the others, which have room: more endpoints"
                    + " would not make it faster",
                zone.getKey().isEmpty() ? "\"\"" : zone.getKey(),
                here / there));
      }
    }
    return Optional.empty();
  }
}
