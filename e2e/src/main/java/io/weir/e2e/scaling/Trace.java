package io.weir.e2e.scaling;

import java.util.Arrays;
import java.util.Random;

/**
 * A load: requests a second, second by second.
 *
 * @param warmUp seconds at its beginning that are not judged
 * @param service seconds that a request takes while there is room
 * @param capacity requests that an endpoint has under way before they take longer
 */
@SuppressWarnings("ArrayRecordComponent") // of a hundred thousand numbers, which nobody changes
record Trace(String name, double[] rates, int warmUp, double service, double capacity) {
  private static final int WARM_UP = 2_700;
  private static final int PEAK = 300;
  private static final int DAY = 86_400;

  /** What the load of an endpoint is when it is as busy as it should be. */
  private static double each(double service, double capacity) {
    return 0.7 * capacity / service;
  }

  /** One service of three: quick, ordinary, slow. */
  private static double[] service(Random random) {
    double[][] services = {{0.05, 8}, {0.2, 10}, {0.8, 6}};
    return services[random.nextInt(services.length)];
  }

  /** A day: a wave from 8 endpoints at night to 40 at noon. */
  static Trace diurnal(long seed) {
    Random random = new Random(seed);
    double[] service = service(random);
    double[] rates = new double[DAY + WARM_UP];
    double phase = random.nextDouble();
    for (int i = 0; i < rates.length; i++) {
      double wave = 0.6 - 0.4 * Math.cos(2 * Math.PI * ((double) i / DAY + phase));
      rates[i] = 40 * each(service[0], service[1]) * wave;
    }
    return of("diurnal", noisy(rates, random), service);
  }

  /** Five times as much within 20 s, again and again. */
  static Trace flash(long seed) {
    Random random = new Random(seed);
    double[] service = service(random);
    double[] rates = new double[3 * 3_600 + WARM_UP];
    double base = 8 * each(service[0], service[1]);
    Arrays.fill(rates, base);
    for (int begin = WARM_UP + 600; begin < rates.length; begin += 1_500 + random.nextInt(1_200)) {
      int holds = 240 + random.nextInt(360);
      for (int i = begin; i < rates.length && i < begin + holds + 320; i++) {
        double share =
            i < begin + 20
                ? (i - begin) / 20.0
                : i < begin + 20 + holds ? 1 : 1 - (i - begin - 20 - holds) / 300.0;
        rates[i] = base * (1 + 4 * Math.max(0, share));
      }
    }
    return of("flash", noisy(rates, random), service);
  }

  /** Four times as much within 10 min, and back. */
  static Trace ramp(long seed) {
    Random random = new Random(seed);
    double[] service = service(random);
    double[] rates = new double[3 * 3_600 + WARM_UP];
    double base = 10 * each(service[0], service[1]);
    Arrays.fill(rates, base);
    for (int begin = WARM_UP + 300; begin < rates.length; begin += 3_000 + random.nextInt(900)) {
      for (int i = begin; i < rates.length && i < begin + 2_400; i++) {
        int into = i - begin;
        double share = into < 600 ? into / 600.0 : into < 1_800 ? 1 : 1 - (into - 1_800) / 600.0;
        rates[i] = base * (1 + 3 * share);
      }
    }
    return of("ramp", noisy(rates, random), service);
  }

  /** Another level every 3 to 10 min, from 0.4 to 2.5 times the middle one. */
  static Trace steps(long seed) {
    Random random = new Random(seed);
    double[] service = service(random);
    double[] rates = new double[4 * 3_600 + WARM_UP];
    double base = 15 * each(service[0], service[1]);
    int i = 0;
    while (i < rates.length) {
      double level = base * Math.exp((2 * random.nextDouble() - 1) * Math.log(2.5));
      int end = Math.min(rates.length, i + 180 + random.nextInt(420));
      Arrays.fill(rates, i, end, level);
      i = end;
    }
    return of("steps", noisy(rates, random), service);
  }

  /**
   * People who read and click, by the distributions of SURGE (Barford and Crovella, 1998): inactive
   * for a time that is Pareto (1 s, 1.5), then a page of a number of objects that is Pareto (1,
   * 2.43), with times between them that are Weibull (1.46 s, 0.382).
   */
  static Trace surge(long seed) {
    Random random = new Random(seed);
    double[] service = service(random);
    double[] counts = new double[3 * 3_600 + WARM_UP];
    int people = 200;
    for (int person = 0; person < people; person++) {
      double at = -600 * random.nextDouble();
      while (at < counts.length) {
        at += pareto(random, 1, 1.5);
        int objects = (int) Math.min(500, pareto(random, 1, 2.43));
        for (int i = 0; i < objects && at < counts.length; i++) {
          if (at >= 0) {
            counts[(int) at]++;
          }
          at += 1.46 * Math.pow(-Math.log(1 - random.nextDouble()), 1 / 0.382);
        }
      }
    }
    double mean = Arrays.stream(counts).average().orElse(1);
    double[] rates = new double[counts.length];
    double smooth = mean;
    for (int i = 0; i < rates.length; i++) {
      smooth += 0.1 * (counts[i] - smooth);
      rates[i] = 20 * each(service[0], service[1]) * smooth / mean;
    }
    return of("surge", rates, service);
  }

  private static double pareto(Random random, double least, double shape) {
    return least / Math.pow(1 - random.nextDouble(), 1 / shape);
  }

  /** 3 %, for about a minute each. */
  private static double[] noisy(double[] rates, Random random) {
    double noise = 0;
    double[] noisy = new double[rates.length];
    for (int i = 0; i < rates.length; i++) {
      noise += -noise / 60 + 0.03 * Math.sqrt(2 / 60.0) * random.nextGaussian();
      noisy[i] = Math.max(0, rates[i] * (1 + noise));
    }
    return noisy;
  }

  /** Before it is judged each pool has had a peak that was too much for it. */
  private static Trace of(String name, double[] rates, double[] service) {
    for (int i = PEAK; i < PEAK + 180; i++) {
      rates[i] *= 2.5;
    }
    return new Trace(name, rates, WARM_UP, service[0], service[1]);
  }
}
