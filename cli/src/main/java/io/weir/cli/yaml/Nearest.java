package io.weir.cli.yaml;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds what somebody meant by a misspelt name. */
public final class Nearest {
  private Nearest() {}

  /** The candidate a slip or two away from {@code name}; case and underscores do not count. */
  public static Optional<String> to(String name, Collection<String> candidates) {
    if (name.length() > 64) {
      return Optional.empty();
    }
    String folded = fold(name);
    int limit = Math.max(1, folded.length() / 3);
    return candidates.stream()
        .filter(candidate -> distance(folded, fold(candidate)) <= limit)
        .min(Comparator.comparingInt(candidate -> distance(folded, fold(candidate))));
  }

  /** "; did you mean …?", or what there is to choose from when nothing is near. */
  public static String hint(String name, Collection<String> candidates) {
    return to(name, candidates)
        .map(near -> "; did you mean \"" + near + "\"?")
        .orElseGet(() -> candidates.isEmpty() ? "" : "; there is " + String.join(", ", candidates));
  }

  private static String fold(String name) {
    return name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
  }

  /** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
  private static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int best = Math.min(cost[i - 1][j] + 1, cost[i][j - 1] + 1);
        best = Math.min(best, cost[i - 1][j - 1] + same);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        cost[i][j] = swapped ? Math.min(best, cost[i - 2][j - 2] + 1) : best;
      }
    }
    return cost[a.length()][b.length()];
  }
}
