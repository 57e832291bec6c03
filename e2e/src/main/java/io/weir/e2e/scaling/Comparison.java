package io.weir.e2e.scaling;

import io.weir.controller.scaling.PoolModel;
import io.weir.v1.ScaleBehavior;
import io.weir.v1.ScalerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleFunction;
import java.util.function.LongFunction;
import java.util.stream.LongStream;

/**
 * What Weir makes of a load, and what others make of it with as many endpoint seconds: their target
 * is chosen, for each load by itself, so that they spend as many.
 */
public record Comparison(String kind, long seed, Result weir, Result hpa, Result kpa) {
  private static final int MIN = 1;
  private static final int MAX = 120;
  private static final double STARTUP = 20;
  private static final double JITTER = 10;
  private static final double PATIENCE = 5;
  private static final long REVERSAL = 300;

  /** Half an hour, in which what came may come again. */
  private static final int HOLD = 1_800;

  private static final int HALVINGS = 14;

  /** Of seeds, those that were looked at while the recommender was made are below. */
  public static final long FIRST_UNSEEN = 3_000;

  /**
   * @param podSeconds endpoints that serve and that start, times seconds
   * @param violations seconds in which 1 of 100 requests took more than four times as long as with
   *     room, or some were given up
   * @param reversals changes in the other direction than the one less than 5 min before
   */
  public record Result(double podSeconds, double violations, int changes, int reversals) {
    Result plus(Result other) {
      return new Result(
          podSeconds + other.podSeconds,
          violations + other.violations,
          changes + other.changes,
          reversals + other.reversals);
    }

    static final Result NONE = new Result(0, 0, 0, 0);
  }

  /** All of one kind of load together. */
  public record Sum(String name, Result weir, Result hpa, Result kpa) {}

  /**
   * All kinds of load, each with {@code seeds} of them from {@code first} on; on all processors.
   *
   * @param scaler what Weir goes by
   */
  public static List<Comparison> all(ScalerSpec scaler, long first, int seeds) {
    List<LongFunction<Trace>> kinds =
        List.of(Trace::diurnal, Trace::flash, Trace::ramp, Trace::steps, Trace::surge);
    return kinds.stream()
        .flatMap(
            kind -> LongStream.range(first, first + seeds).mapToObj(seed -> Map.entry(kind, seed)))
        .parallel()
        .map(one -> of(scaler, one.getKey().apply(one.getValue()), one.getValue()))
        .toList();
  }

  /** By kind of load, and all of them. */
  public static List<Sum> sums(List<Comparison> all) {
    List<Sum> sums = new ArrayList<>();
    for (String name : all.stream().map(one -> one.kind()).distinct().toList()) {
      sums.add(sum(name, all.stream().filter(one -> one.kind().equals(name)).toList()));
    }
    sums.add(sum("all", all));
    return sums;
  }

  private static Sum sum(String name, List<Comparison> all) {
    return new Sum(
        name,
        all.stream().map(Comparison::weir).reduce(Result.NONE, Result::plus),
        all.stream().map(Comparison::hpa).reduce(Result.NONE, Result::plus),
        all.stream().map(Comparison::kpa).reduce(Result.NONE, Result::plus));
  }

  /** A Scaler that says no more than it has to. */
  public static ScalerSpec plain() {
    return ScalerSpec.newBuilder().setPool("web").setMin(MIN).setMax(MAX).build();
  }

  /** One that holds what it has for half an hour, whether or not that tends to come back. */
  public static ScalerSpec holding() {
    return plain().toBuilder()
        .setIn(
            ScaleBehavior.newBuilder()
                .setStabilization(com.google.protobuf.Duration.newBuilder().setSeconds(HOLD)))
        .build();
  }

  static Comparison of(ScalerSpec scaler, Trace trace, long seed) {
    Result weir = run(trace, new WeirAutoscaler(scaler), seed);
    Result hpa = equal(trace, seed, weir.podSeconds(), 0.05, 1, share -> new Hpa(share, MIN, MAX));
    Result kpa =
        equal(
            trace,
            seed,
            weir.podSeconds(),
            0.05,
            1.2,
            share -> new Kpa(share * trace.capacity(), MIN, MAX));
    return new Comparison(trace.name(), seed, weir, hpa, kpa);
  }

  /** With the target that spends as much; a higher one spends less. */
  private static Result equal(
      Trace trace,
      long seed,
      double podSeconds,
      double low,
      double high,
      DoubleFunction<Autoscaler> autoscaler) {
    Result best = run(trace, autoscaler.apply((low + high) / 2), seed);
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      Result tried = run(trace, autoscaler.apply(middle), seed);
      if (Math.abs(tried.podSeconds() - podSeconds) < Math.abs(best.podSeconds() - podSeconds)) {
        best = tried;
      }
      if (Math.abs(tried.podSeconds() / podSeconds - 1) < 0.005) {
        break;
      }
      if (tried.podSeconds() > podSeconds) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return best;
  }

  static Result run(Trace trace, Autoscaler autoscaler, long seed) {
    double[] rates = trace.rates();
    int begin = (int) Math.ceil(rates[0] * trace.service() / trace.capacity() / 0.6);
    PoolModel pool =
        new PoolModel(
            new PoolModel.Nature(trace.capacity(), STARTUP, JITTER, PATIENCE),
            Math.clamp(begin, MIN, MAX),
            new Random(seed));
    double podSeconds = 0;
    double violations = 0;
    int changes = 0;
    int reversals = 0;
    int direction = 0;
    long changed = Integer.MIN_VALUE;
    for (int second = 0; second < rates.length; second++) {
      PoolModel.Moment moment = pool.next(rates[second], trace.service());
      int there = moment.endpoints();
      int desired = autoscaler.next(moment, pool.instances());
      boolean judged = second >= trace.warmUp();
      if (judged) {
        podSeconds += there;
        violations += moment.p99() > 4 * trace.service() || moment.lost() > 0 ? 1 : 0;
      }
      if (desired != there) {
        int towards = Integer.signum(desired - there);
        if (judged) {
          changes++;
          reversals += direction == -towards && second - changed < REVERSAL ? 1 : 0;
        }
        direction = towards;
        changed = second;
        pool.resize(desired);
      }
    }
    return new Result(podSeconds, violations, changes, reversals);
  }
}
