package io.weir.agent.membership;

import java.util.HashSet;
import java.util.Set;

/**
 * How long a member stays suspect (Lifeguard, section IV-B): long at first, as the one that
 * suspects may itself be ill, and shorter with every other member that finds the same.
 *
 * @param began ns
 * @param min ns that it lasts once {@code wanted} members have confirmed it
 * @param max ns that it lasts while nobody has
 * @param wanted confirmations; 0: it lasts {@code min}
 * @param by who found it so, the one that began it included
 */
public record Suspicion(long began, long min, long max, int wanted, Set<String> by) {
  public Suspicion {
    by = Set.copyOf(by);
  }

  static Suspicion begin(String by, long min, long max, int wanted, long now) {
    return new Suspicion(now, min, max, wanted, Set.of(by));
  }

  int confirmations() {
    return by.size() - 1;
  }

  /** Whether that would be news. */
  boolean needs(String confirming) {
    return confirmations() < wanted && !by.contains(confirming);
  }

  Suspicion confirmed(String confirming) {
    Set<String> all = new HashSet<>(by);
    all.add(confirming);
    return new Suspicion(began, min, max, wanted, all);
  }

  /** All of its time begins so many ns later. */
  Suspicion later(long nanos) {
    return new Suspicion(began + nanos, min, max, wanted, by);
  }

  /** Falls with the logarithm of the confirmations, so that the first ones count most. */
  long ends() {
    if (wanted == 0) {
      return began + min;
    }
    double fraction = Math.log(confirmations() + 1.0) / Math.log(wanted + 1.0);
    return began + Math.max(min, max - (long) (fraction * (max - min)));
  }
}
