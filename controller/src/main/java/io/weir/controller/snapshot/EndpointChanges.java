package io.weir.controller.snapshot;

import io.weir.v1.Endpoint;
import io.weir.v1.EndpointPatch;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The difference between two lists of endpoints. What stays in order is a longest increasing
 * subsequence of the places that endpoints had (patience sorting; M. Fredman, "On computing the
 * length of longest increasing subsequences", 1975), so that a patch is as small as it can be.
 */
final class EndpointChanges {
  private EndpointChanges() {}

  /** What turns {@code before} into {@code after}, exactly and in order. */
  static EndpointPatch between(String pool, List<Endpoint> before, List<Endpoint> after) {
    int[] places = places(before, after);
    BitSet kept = increasing(places);
    EndpointPatch.Builder patch = EndpointPatch.newBuilder().setPool(pool);
    BitSet stays = new BitSet(before.size());
    for (int place = 0; place < after.size(); place++) {
      if (kept.get(place)) {
        stays.set(places[place]);
      } else {
        patch.addInsertedBuilder().setPlace(place).setEndpoint(after.get(place));
      }
    }
    for (int place = stays.nextClearBit(0);
        place < before.size();
        place = stays.nextClearBit(place + 1)) {
      patch.addRemoved(place);
    }
    return patch.build();
  }

  /** Where each of {@code after} was; -1: nowhere. */
  private static int[] places(List<Endpoint> before, List<Endpoint> after) {
    Map<Endpoint, Deque<Integer>> had = new HashMap<>();
    for (int place = 0; place < before.size(); place++) {
      had.computeIfAbsent(before.get(place), _ -> new ArrayDeque<>(1)).add(place);
    }
    int[] places = new int[after.size()];
    for (int place = 0; place < places.length; place++) {
      Deque<Integer> from = had.get(after.get(place));
      places[place] = from == null || from.isEmpty() ? -1 : from.remove();
    }
    return places;
  }

  /** The indices of a longest increasing subsequence of those that are not negative. */
  private static BitSet increasing(int[] places) {
    // Of each length the index at which the subsequence with the least end ends.
    int[] ends = new int[places.length];
    int[] previous = new int[places.length];
    int length = 0;
    for (int i = 0; i < places.length; i++) {
      if (places[i] < 0) {
        continue;
      }
      int at = lower(places, ends, length, places[i]);
      previous[i] = at == 0 ? -1 : ends[at - 1];
      ends[at] = i;
      length = Math.max(length, at + 1);
    }
    BitSet kept = new BitSet(places.length);
    for (int i = length == 0 ? -1 : ends[length - 1]; i >= 0; i = previous[i]) {
      kept.set(i);
    }
    return kept;
  }

  /** How many of the subsequences end below {@code value}. */
  private static int lower(int[] places, int[] ends, int length, int value) {
    int low = 0;
    int high = length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (places[ends[middle]] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
