package io.weir.agent.balance;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Draws members by weight in constant time (the alias method; Walker 1977, Vose 1991): each column
 * belongs to a member and, above a height, to another one.
 */
final class Sampler {
  private static final double FULL = 0x1p31;
  private static final int DRAWS = 8;

  private final Candidate[] members;
  private final int @Nullable [] heights;
  private final int[] others;

  Sampler(Candidate[] members) {
    this.members = members;
    boolean equal = true;
    double total = 0;
    for (Candidate member : members) {
      total += member.weight;
      equal &= member.weight == members[0].weight;
    }
    others = new int[equal ? 0 : members.length];
    heights = equal ? null : heights(total);
  }

  private int[] heights(double total) {
    int n = members.length;
    int[] found = new int[n];
    Arrays.fill(found, Integer.MAX_VALUE);
    double[] parts = new double[n];
    int[] small = new int[n];
    int[] large = new int[n];
    int smalls = 0;
    int larges = 0;
    for (int i = 0; i < n; i++) {
      others[i] = i;
      parts[i] = members[i].weight * n / total;
      if (parts[i] < 1) {
        small[smalls++] = i;
      } else {
        large[larges++] = i;
      }
    }
    while (smalls > 0 && larges > 0) {
      int less = small[--smalls];
      int more = large[larges - 1];
      found[less] = (int) (parts[less] * FULL);
      others[less] = more;
      parts[more] -= 1 - parts[less];
      if (parts[more] < 1) {
        larges--;
        small[smalls++] = more;
      }
    }
    return found;
  }

  /** One that may have been tried. */
  private Candidate draw(long number) {
    return members[slot(number)];
  }

  /** Likewise its slot. */
  int slot(long number) {
    int column = Mix.below(number, members.length);
    int[] until = heights;
    return until == null || (int) (number & Integer.MAX_VALUE) < until[column]
        ? column
        : others[column];
  }

  /**
   * One that has not been tried and is not {@code other}, out of the numbers of {@code seed} from
   * {@code index} on; null: there is none, or it is not met with soon.
   */
  @SuppressWarnings("ReferenceEquality") // that very one
  @Nullable Candidate drawOther(long seed, int index, @Nullable Candidate other) {
    for (int i = 0; i < DRAWS; i++) {
      Candidate drawn = draw(Mix.number(seed, index + i));
      if (!drawn.tried() && drawn != other) {
        return drawn;
      }
    }
    return null;
  }
}
