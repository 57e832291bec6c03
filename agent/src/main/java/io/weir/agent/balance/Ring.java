package io.weir.agent.balance;

import io.weir.agent.model.Endpoint;
import java.util.Arrays;
import java.util.List;

/**
 * Consistent hashing: each endpoint has points on a circle, as many as its weight says, and owns
 * what lies before them (Karger et al. 1997; points in number as ketama has them, and more for an
 * even load). An endpoint that goes takes no keys from others than its own.
 */
final class Ring implements KeyTable {
  /**
   * For an endpoint of average weight; 1,500 of 100 endpoints keep each within 10 % of the mean.
   */
  private static final int MOST = 1_500;

  private static final int LEAST = 64;
  private static final int TOTAL = 150_000;
  private static final int LIMIT = 1 << 21;

  /** In order: a point in the upper half, which is unsigned, its endpoint in the lower. */
  private final long[] points;

  /** By the upper bits of a hash: the first point that may be at or behind it. */
  private final int[] starts;

  private final int shift;

  Ring(List<Endpoint> endpoints, int[] indices) {
    double total = 0;
    for (int index : indices) {
      total += endpoints.get(index).weight();
    }
    double each = Math.clamp(TOTAL / indices.length, LEAST, MOST);
    double all = Math.min(LIMIT, each * indices.length);
    long[] found = new long[(int) Math.ceil(all) + indices.length];
    int count = 0;
    for (int index : indices) {
      Endpoint endpoint = endpoints.get(index);
      long base = KeyHash.of(endpoint.address());
      long own = Math.max(1, Math.round(all * endpoint.weight() / total));
      for (int i = 0; i < own && count < found.length; i++) {
        found[count++] = Mix.number(base, i) & 0xFFFFFFFF_00000000L ^ Long.MIN_VALUE | index;
      }
    }
    points = Arrays.copyOf(found, count);
    Arrays.sort(points);
    for (int i = 0; i < count; i++) {
      points[i] ^= Long.MIN_VALUE; // sorted as if unsigned
    }
    shift = Math.min(31, Integer.numberOfLeadingZeros(count));
    starts = new int[1 << (32 - shift)];
    int point = 0;
    for (int i = 0; i < starts.length; i++) {
      while (point < count && (points[point] >>> 32) < ((long) i << shift)) {
        point++;
      }
      starts[i] = point;
    }
  }

  @Override
  public int position(long hash) {
    long key = hash >>> 32;
    int at = starts[(int) (key >>> shift)];
    while (at < points.length && (points[at] >>> 32) < key) {
      at++;
    }
    return at < points.length ? at : 0;
  }

  @Override
  public int next(int position, long hash, int attempt) {
    return position + 1 < points.length ? position + 1 : 0;
  }

  @Override
  public int owner(int position) {
    return (int) points[position];
  }

  @Override
  public int attempts() {
    return points.length;
  }
}
