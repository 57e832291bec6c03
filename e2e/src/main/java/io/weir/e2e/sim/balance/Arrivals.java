package io.weir.e2e.sim.balance;

import java.util.SplittableRandom;

/**
 * A Poisson process of requests, each with a proxy drawn at random and its work: as if each proxy
 * had a process of its own.
 */
final class Arrivals {
  private final SplittableRandom random;
  private final int proxies;
  private final Work distribution;
  private final double gapNanos;
  private double time;
  private int proxy;
  private double work;

  Arrivals(Cell cell, SplittableRandom random) {
    this.random = random;
    proxies = cell.proxies();
    distribution = cell.scenario().work();
    gapNanos = distribution.meanNanos() / (cell.scenario().capacity() * cell.load());
  }

  void next() {
    time -= gapNanos * Math.log1p(-random.nextDouble());
    proxy = random.nextInt(proxies);
    work = distribution.draw(random);
  }

  /** In nanoseconds, from 0. */
  long at() {
    return (long) time;
  }

  int proxy() {
    return proxy;
  }

  /** In nanoseconds of a core of speed 1. */
  double work() {
    return work;
  }
}
