package io.weir.controller.scaling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A pool, second by second: endpoints that each have room for some requests at a time and share
 * themselves among what is beyond that, and take a while to start. Requests arrive by chance
 * (Poisson) around a given rate, wait as in a queue with that many servers (Sakasegawa's
 * approximation, servers in pairs, as a balancer that knows the load finds the emptier of two),
 * pile up while more arrive than are answered, and are given up when that would take too long. One
 * thread at a time.
 */
public final class PoolModel {
  /** How far above the mean 1 of 100 requests is that does not wait. */
  private static final double SERVICE_P99 = 2;

  /** Of waiting, as requests are more even than exponential ones: (1 + 0.3) / 2. */
  private static final double EVENNESS = 0.65;

  private static final double FULLEST = 0.98;

  private final Nature nature;
  private final RandomGenerator random;
  private final List<Instance> instances = new ArrayList<>();
  private long second;
  private double waiting;

  /**
   * What endpoints are like.
   *
   * @param capacity requests that one has under way before they take longer
   * @param startup seconds until a new one serves, at least
   * @param jitter seconds that it takes longer, at most
   * @param patience seconds that a request waits, at most
   */
  public record Nature(double capacity, double startup, double jitter, double patience) {}

  /**
   * One endpoint.
   *
   * @param begun second in which it was asked for
   * @param ready second from which it serves
   */
  public record Instance(long begun, long ready) {}

  /**
   * What one second was like.
   *
   * @param second from 0
   * @param endpoints those that serve and those that start
   * @param inFlight requests under way
   * @param queued requests that no endpoint is there for
   * @param answered in that second
   * @param lost given up in that second
   * @param mean seconds that an answer took
   * @param p99 seconds that 1 of 100 took longer than
   * @param busy share of their capacity that serving endpoints used, 0 to 1
   */
  public record Moment(
      long second,
      int endpoints,
      int serving,
      double inFlight,
      double queued,
      double answered,
      double lost,
      double service,
      double mean,
      double p99,
      double busy) {}

  public PoolModel(Nature nature, int endpoints, RandomGenerator random) {
    this.nature = nature;
    this.random = random;
    for (int i = 0; i < endpoints; i++) {
      instances.add(new Instance(Integer.MIN_VALUE, Integer.MIN_VALUE));
    }
  }

  /** To be so many; those that start go first. */
  public void resize(int endpoints) {
    while (instances.size() < endpoints) {
      long ready = second + Math.round(nature.startup() + random.nextDouble() * nature.jitter());
      instances.add(new Instance(second, ready));
    }
    instances.sort(Comparator.comparingLong(Instance::ready));
    while (instances.size() > endpoints) {
      instances.removeLast();
    }
  }

  /** Those that serve and those that start. */
  public List<Instance> instances() {
    return List.copyOf(instances);
  }

  /**
   * The next second.
   *
   * @param rate requests that arrive in it, in the mean
   * @param service seconds that one takes while there is room
   */
  public Moment next(double rate, double service) {
    int serving = (int) instances.stream().filter(one -> one.ready() <= second).count();
    double arrived = poisson(rate);
    double most = serving * nature.capacity() / service;
    double answered = Math.min(waiting + arrived, most);
    waiting += arrived - answered;
    double kept = serving == 0 ? rate * nature.patience() : most * nature.patience();
    double lost = Math.max(0, waiting - kept);
    waiting -= lost;
    double mean = service;
    double p99 = SERVICE_P99 * service;
    if (serving > 0) {
      double used = Math.clamp(rate / most, 0, FULLEST);
      double servers = Math.max(1, nature.capacity() * Math.min(2, serving));
      double waits = Math.pow(used, Math.sqrt(2 * (servers + 1)) - 1);
      double gap = servers * (1 - used) / service;
      mean += EVENNESS * waits / gap + waiting / most;
      p99 += EVENNESS * Math.max(0, Math.log(100 * waits)) / gap + waiting / most;
    } else {
      mean += nature.patience();
      p99 += nature.patience();
    }
    double held =
        serving == 0
            ? 0
            : Math.min(poisson(answered * (mean - waiting / most)), serving * nature.capacity())
                + waiting;
    return new Moment(
        second++,
        instances.size(),
        serving,
        held,
        serving == 0 ? waiting : 0,
        answered,
        lost,
        service,
        mean,
        p99,
        most == 0 ? 0 : Math.min(1, answered / most));
  }

  /** Normal where that is near enough. */
  private double poisson(double mean) {
    if (mean > 30) {
      return Math.max(0, Math.rint(mean + Math.sqrt(mean) * random.nextGaussian()));
    }
    double limit = Math.exp(-mean);
    double product = random.nextDouble();
    int count = 0;
    while (product > limit) {
      product *= random.nextDouble();
      count++;
    }
    return count;
  }
}
