package io.weir.agent.balance;

import io.weir.agent.model.Endpoint;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A table that endpoints fill in turns, each in an order of its own (Eisenbud et al.: Maglev, NSDI
 * 2016, section 3.4), taking turns by weight. Load is even to within a place or two; when an
 * endpoint goes few keys move that were not its own.
 */
final class Maglev implements KeyTable {
  /** Other places drawn for a key before its neighbours are looked at in turn. */
  private static final int DRAWS = 32;

  private final char[] owners;

  Maglev(List<Endpoint> endpoints, int[] indices, int size) {
    owners = new char[size];
    // Whoever comes first has an advantage: the order must not depend on the declaration.
    Endpoint[] order =
        Arrays.stream(indices)
            .mapToObj(endpoints::get)
            .sorted(Comparator.comparing(Endpoint::address))
            .toArray(Endpoint[]::new);
    int n = order.length;
    int[] index = new int[n];
    for (int at : indices) {
      int rank =
          Arrays.binarySearch(order, endpoints.get(at), Comparator.comparing(Endpoint::address));
      index[rank] = at;
    }
    int[] next = new int[n];
    int[] skip = new int[n];
    long[] due = new long[n];
    long heaviest = 1;
    for (int i = 0; i < n; i++) {
      long hash = KeyHash.of(order[i].address());
      next[i] = (int) Long.remainderUnsigned(hash, size);
      skip[i] = (int) (Long.remainderUnsigned(Mix.mix(hash), size - 1) + 1);
      heaviest = Math.max(heaviest, order[i].weight());
    }
    boolean[] taken = new boolean[size];
    int left = size;
    for (long turn = 1; left > 0; turn++) {
      for (int i = 0; i < n && left > 0; i++) {
        if (turn * order[i].weight() <= due[i]) {
          continue; // lighter ones sit out some turns
        }
        due[i] += heaviest;
        while (taken[next[i]]) {
          next[i] = step(next[i], skip[i], size);
        }
        taken[next[i]] = true;
        owners[next[i]] = (char) index[i];
        left--;
      }
    }
  }

  private static int step(int at, int skip, int size) {
    long next = (long) at + skip;
    return (int) (next < size ? next : next - size);
  }

  @Override
  public int position(long hash) {
    return Mix.below(hash, owners.length);
  }

  /** A key is spread over the whole table, so that the keys of one endpoint go to all others. */
  @Override
  public int next(int position, long hash, int attempt) {
    if (attempt <= DRAWS) {
      return position(Mix.number(hash, attempt));
    }
    return position + 1 < owners.length ? position + 1 : 0;
  }

  @Override
  public int owner(int position) {
    return owners[position];
  }

  @Override
  public int attempts() {
    return DRAWS + owners.length;
  }
}
