package io.weir.controller.model;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** For a name that does not exist: which one was meant, or which there are. */
public final class Nearest {
  private static final int LISTED = 5;

  private Nearest() {}

  /**
   * {@code no Pool "backnd"; did you mean "backend"?}, or which there are, or that there are none.
   *
   * @param names of all that exist, sorted
   */
  public static String missing(ResourceKey key, List<String> names) {
    String kind = key.kind().label();
    String missing = "there is no " + kind + " " + Syntax.quote(key.name());
    if (names.isEmpty()) {
      return missing + ", nor any other " + kind;
    }
    Optional<String> meant = of(key.name(), names);
    if (meant.isPresent()) {
      return missing + "; did you mean \"" + meant.get() + "\"?";
    }
    String listed = names.stream().limit(LISTED).collect(Collectors.joining(", "));
    return missing
        + "; there "
        + (names.size() == 1 ? "is " : "are ")
        + listed
        + (names.size() > LISTED ? " and " + (names.size() - LISTED) + " more" : "");
  }

  /** The closest name that is no further away than a typing mistake or two. */
  static Optional<String> of(String wanted, List<String> names) {
    if (wanted.length() > 63) {
      return Optional.empty();
    }
    int most = Math.max(1, Math.min(3, wanted.length() / 3));
    record Candidate(String name, int distance) {}
    return names.stream()
        .filter(name -> Math.abs(name.length() - wanted.length()) <= most)
        .map(name -> new Candidate(name, distance(wanted, name)))
        .filter(candidate -> candidate.distance() <= most)
        .min(Comparator.comparingInt(Candidate::distance))
        .map(Candidate::name);
  }

  /** Levenshtein's: insertions, deletions and substitutions. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
