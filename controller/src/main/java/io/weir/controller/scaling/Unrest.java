package io.weir.controller.scaling;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How much a figure varies by chance, learned over some 10 min: the variance of its means of 5 s,
 * as a share of the figure itself, since what is counted varies as the square root of how much it
 * is. What happened within the last 10 s is not in it, so that a jump is not taken for what is
 * usual, and a change counts as three times what is usual at most. One thread at a time.
 */
final class Unrest {
  private static final long BIN = 5 * Forecast.SECOND;
  private static final int LATER = 2;

  /** What varies by chance does so for some seconds, so means side by side are too much alike. */
  private static final int APART = 2;

  private static final int MEMORY = 120;
  private static final int LEAST = 24;
  private static final double ODD = 9;

  private final Deque<Double> means = new ArrayDeque<>();
  private long bin = Long.MIN_VALUE;
  private double sum;
  private int count;
  private int steps;
  private double share;

  void add(long at, double value) {
    long now = Math.floorDiv(at, BIN);
    if (now != bin) {
      if (count > 0) {
        ended(sum / count);
      }
      bin = now;
      sum = 0;
      count = 0;
    }
    sum += value;
    count++;
  }

  private void ended(double mean) {
    means.addLast(mean);
    if (means.size() <= APART + LATER) {
      return;
    }
    double after = means.stream().skip(APART).findFirst().orElseThrow();
    double before = means.removeFirst();
    double level = (before + after) / 2;
    if (level <= 0) {
      return;
    }
    steps++;
    double step = (after - before) * (after - before) / 2 / level;
    double counted = steps < LEAST ? step : Math.min(step, ODD * share);
    share += (counted - share) / Math.min(steps, MEMORY);
  }

  /** Of a mean of 5 s, where the figure is {@code level}; 0 while that is not known. */
  double deviation(double level) {
    return steps < LEAST ? 0 : Math.sqrt(share * Math.max(0, level));
  }
}
