package io.weir.controller.scaling;

import io.weir.v1.ScalerSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** What a Scaler would have made of a load: the recommender, over a model of its pool. */
public final class Replay {
  private static final long REVERSAL = 300;

  private final Recommender recommender;
  private final PoolModel pool;
  private final Instant begin;
  private final double objective;
  private double endpointSeconds;
  private double violationSeconds;
  private int changes;
  private int reversals;
  private int direction;
  private long changed;

  /**
   * One moment of a load.
   *
   * @param second from 0
   * @param rate requests that arrive in a second
   * @param service seconds that one takes while there is room
   */
  public record Load(long second, double rate, double service) {}

  /**
   * One second of the outcome.
   *
   * @param latency seconds that 1 of 100 answers took longer than
   */
  public record Point(
      long second, double rate, int endpoints, int desired, double latency, String reason) {}

  /**
   * All of it.
   *
   * @param violationSeconds in which 1 of 100 requests took longer than it may, or some were lost
   * @param changes how often the number of endpoints was changed
   * @param reversals changes in the other direction than the one less than 5 min before
   */
  public record Outcome(
      double endpointSeconds, double violationSeconds, int changes, int reversals) {}

  /**
   * @param objective seconds that a request may take; 0: 4 times its service time
   * @throws IllegalArgumentException when the spec is not valid
   */
  public Replay(
      ScalerSpec spec,
      PoolModel.Nature nature,
      double objective,
      int endpoints,
      Instant begin,
      RandomGenerator random) {
    this.recommender = new Recommender(spec);
    this.pool = new PoolModel(nature, endpoints, random);
    this.objective = objective;
    this.begin = begin;
  }

  /** A whole load, from its first point to its last; between points a load stays as it was. */
  public Outcome run(List<Load> loads, Consumer<Point> each) {
    for (int i = 0; i < loads.size(); i++) {
      Load load = loads.get(i);
      long until = i + 1 < loads.size() ? loads.get(i + 1).second() : load.second() + 1;
      for (long second = load.second(); second < until; second++) {
        each.accept(step(second, load));
      }
    }
    return new Outcome(endpointSeconds, violationSeconds, changes, reversals);
  }

  private Point step(long second, Load load) {
    PoolModel.Moment moment = pool.next(load.rate(), load.service());
    int before = moment.endpoints();
    pool.instances().stream()
        .filter(instance -> instance.ready() == moment.second())
        .forEach(instance ->
            recommender.started(Duration.ofSeconds(instance.ready() - instance.begun())));
    Recommendation next = recommender.next(sample(moment, begin.plusSeconds(moment.second())));
    endpointSeconds += before;
    double allowed = objective > 0 ? objective : 4 * load.service();
    violationSeconds += moment.p99() > allowed || moment.lost() > 0 ? 1 : 0;
    if (next.desired() != before) {
      int towards = Integer.signum(next.desired() - before);
      changes++;
      reversals += direction == -towards && second - changed < REVERSAL ? 1 : 0;
      direction = towards;
      changed = second;
      pool.resize(next.desired());
    }
    return new Point(second, load.rate(), before, next.desired(), moment.p99(), next.reason());
  }

  /** A moment as agents would report it, one second after the other. */
  public static Sample sample(PoolModel.Moment moment, Instant wallClock) {
    return new Sample(
        (moment.second() + 1) * Forecast.SECOND,
        wallClock,
        moment.endpoints(),
        moment.serving(),
        moment.endpoints() - moment.serving(),
        0,
        moment.inFlight(),
        moment.queued(),
        moment.answered() + moment.lost(),
        moment.lost(),
        0,
        latencies(moment),
        1,
        true,
        0,
        List.of());
  }

  private static Latencies latencies(PoolModel.Moment moment) {
    double waited = moment.mean() - moment.service();
    List<Long> micros = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    double[] shares = {0.5, 0.4, 0.09, 0.01};
    double[] seconds = {
      0.75 * moment.service() + waited,
      1.2 * moment.service() + waited,
      1.5 * moment.service() + waited,
      Math.max(moment.p99(), 1.5 * moment.service() + waited + 1e-6)
    };
    for (int i = 0; i < shares.length; i++) {
      micros.add(Math.round(seconds[i] / 0.93 * 1e6));
      counts.add(Math.round(moment.answered() * shares[i]));
    }
    return new Latencies(micros, counts);
  }
}
