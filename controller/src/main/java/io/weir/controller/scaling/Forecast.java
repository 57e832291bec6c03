package io.weir.controller.scaling;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * One figure over the last minute, and what it is likely to be once a new endpoint serves. Two
 * windows, of 60 s and 6 s, as in Knative's autoscaler; two slopes, of medians (Theil and Sen), so
 * that one odd second bends neither; both count only where they rise out of the noise, and are
 * damped (Gardner and McKenzie) the further they reach. A larger last value never makes any of it
 * smaller: what is measured of the noise leaves the last seconds out. One thread at a time.
 */
final class Forecast {
  static final long SECOND = 1_000_000_000L;
  static final long STABLE = 60 * SECOND;
  static final long BRIEF = 6 * SECOND;

  private static final long BIN = 5 * SECOND;
  private static final int BINS = (int) (STABLE / BIN);
  private static final int LEAST_BINS = 6;
  private static final int MOST_POINTS = 256;
  private static final int LATE_BINS = 5;
  private static final double LATELY = 2;
  private static final long SHORT = 10 * SECOND;

  /** Of a mean of 5 s, as a share of the square root: what arrives by chance varies so. */
  private static final double LEAST_NOISE = 0.45;

  private static final double SURE = 4;

  /** Of a mean of 6 s over the median of what was before, which varies too. */
  private static final double JUMP = 5;

  private static final double SLOW_DAMPING = 0.99;
  private static final double FAST_DAMPING = 0.93;

  private final Deque<Point> points = new ArrayDeque<>();
  private final Unrest unrest = new Unrest();

  record Point(long at, double value) {}

  /**
   * @param stable mean of 60 s
   * @param brief mean of 6 s
   * @param slope in a second, 0 where it does not rise
   * @param expected at the horizon, never below the other two where they are sure
   */
  record Outlook(double stable, double brief, double slope, double expected) {
    static final Outlook NOTHING = new Outlook(0, 0, 0, 0);
  }

  void add(long at, double value) {
    points.addLast(new Point(at, value));
    unrest.add(at, value);
    while (points.size() > MOST_POINTS || at - points.getFirst().at() >= STABLE) {
      points.removeFirst();
    }
  }

  int size() {
    return points.size();
  }

  /** Mean of 60 s; 0 where there is nothing. */
  double stable() {
    return points.isEmpty() ? 0 : mean(STABLE);
  }

  /** Oldest first. */
  Iterable<Point> points() {
    return points;
  }

  /**
   * @param horizon in seconds
   */
  Outlook outlook(double horizon) {
    if (points.isEmpty()) {
      return Outlook.NOTHING;
    }
    double stable = mean(STABLE);
    double brief = mean(BRIEF);
    double[] bins = bins();
    if (bins.length < LEAST_BINS) {
      return new Outlook(stable, brief, 0, Math.max(stable, brief));
    }
    double before = median(Arrays.copyOfRange(bins, 2, bins.length));
    double usual = Math.max(unrest.deviation(before), LEAST_NOISE * Math.sqrt(before));
    double noise = Math.max(noise(bins), usual);
    double expected = stable;
    double slope = 0;
    // What has ceased to rise is not carried on, however steep the last minute was.
    double slow = Math.min(slopeOf(bins), LATELY * slopeOf(Arrays.copyOf(bins, LATE_BINS)));
    if (slow * (bins.length - 1) * 5 > Math.max(SURE * noise, 0.1 * before)) {
      slope = slow;
      expected = Math.max(expected, levelOf(bins, slow) + slow * reach(horizon, SLOW_DAMPING));
    }
    if (brief - before > Math.max(JUMP * noise, 0.05 * before)) {
      expected = Math.max(expected, brief);
      double fast = shortSlope();
      if (fast * 8 > Math.max(SURE * noise * Math.sqrt(5), 0.2 * before)) {
        slope = Math.max(slope, fast);
        expected = Math.max(expected, brief + fast * (3 + reach(horizon, FAST_DAMPING)));
      }
    }
    // Nobody knows what comes after four times what there is.
    expected = Math.min(expected, 4 * Math.max(1, Math.max(stable, brief)));
    return new Outlook(stable, brief, slope, expected);
  }

  private double mean(long window) {
    long now = points.getLast().at();
    double sum = 0;
    int count = 0;
    for (var all = points.descendingIterator(); all.hasNext(); ) {
      Point point = all.next();
      if (now - point.at() >= window) {
        break;
      }
      sum += point.value();
      count++;
    }
    return sum / count;
  }

  /** Means of 5 s each, the newest first, up to where there is nothing. */
  private double[] bins() {
    long now = points.getLast().at();
    double[] sums = new double[BINS];
    int[] counts = new int[BINS];
    for (Point point : points) {
      int bin = (int) Math.min(BINS - 1, (now - point.at()) / BIN);
      sums[bin] += point.value();
      counts[bin]++;
    }
    int size = 0;
    while (size < BINS && counts[size] > 0) {
      sums[size] /= counts[size];
      size++;
    }
    return Arrays.copyOf(sums, size);
  }

  /** Of the mean of 5 s, whatever the slope. */
  private static double noise(double[] bins) {
    double[] steps = new double[bins.length - 3];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = bins[i + 2] - bins[i + 3];
    }
    double middle = median(steps);
    for (int i = 0; i < steps.length; i++) {
      steps[i] = Math.abs(steps[i] - middle);
    }
    return 1.4826 * median(steps) / Math.sqrt(2);
  }

  /** In a second. */
  private static double slopeOf(double[] bins) {
    double[] slopes = new double[bins.length * (bins.length - 1) / 2];
    int next = 0;
    for (int i = 0; i < bins.length; i++) {
      for (int j = i + 1; j < bins.length; j++) {
        slopes[next++] = (bins[i] - bins[j]) / (5.0 * (j - i));
      }
    }
    return median(slopes);
  }

  /** Where the line through them is at the middle of the newest. */
  private static double levelOf(double[] bins, double slope) {
    double[] levels = new double[bins.length];
    for (int i = 0; i < bins.length; i++) {
      levels[i] = bins[i] + slope * 5 * i;
    }
    return median(levels) + slope * 2.5;
  }

  private double shortSlope() {
    long now = points.getLast().at();
    Point[] last = points.stream().filter(point -> now - point.at() <= SHORT).toArray(Point[]::new);
    if (last.length < 4 || last.length > 64) {
      return 0;
    }
    double[] slopes = new double[last.length * (last.length - 1) / 2];
    int next = 0;
    for (int i = 0; i < last.length; i++) {
      for (int j = i + 1; j < last.length; j++) {
        double seconds = Math.max(1, last[j].at() - last[i].at()) / 1e9;
        slopes[next++] = (last[j].value() - last[i].value()) / seconds;
      }
    }
    return median(slopes);
  }

  /** How many seconds of a slope that fades count. */
  private static double reach(double horizon, double damping) {
    return damping * (1 - Math.pow(damping, Math.max(0, horizon))) / (1 - damping);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
