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
  private static final int MOST_BITS = 20;

  /** By the upper bits of a hash: whose is the first point in that part of the circle or behind. */
  private final char[] owners;

  private final int shift;

  Ring(List<Endpoint> endpoints, int[] indices) {
    double total = 0;
    for (int index : indices) {
      total += endpoints.get(index).weight();
    }
    double all = (double) Math.clamp(TOTAL / indices.length, LEAST, MOST) * indices.length;
    long[] points = new long[(int) all + indices.length];
    int count = 0;
    for (int index : indices) {
      Endpoint endpoint = endpoints.get(index);
      long base = KeyHash.of(endpoint.address());
      long own = Math.max(1, (long) (all * endpoint.weight() / total));
      for (int i = 0; i < own; i++) {
        // The point above, the endpoint below, so that they sort by points.
        points[count++] = Mix.number(base, i) >>> 20 << 16 | index;
      }
    }
    points = Arrays.copyOf(points, count);
    Arrays.sort(points);
    int bits = Math.min(MOST_BITS, 33 - Integer.numberOfLeadingZeros(count));
    shift = 64 - bits;
    owners = new char[1 << bits];
    int at = 0;
    for (int part = 0; part < owners.length; part++) {
      while (at < count && points[at] >>> (60 - bits) < part) {
        at++;
      }
      owners[part] = (char) points[at < count ? at : 0];
    }
  }

  @Override
  public int position(long hash) {
    return (int) (hash >>> shift);
  }

  @Override
  public int next(int position, long hash, int attempt) {
    return position + 1 < owners.length ? position + 1 : 0;
  }

  @Override
  public int owner(int position) {
    return owners[position];
  }

  @Override
  public int attempts() {
    return owners.length;
  }
}
