package io.weir.controller.health;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/** What the fleet concludes of one endpoint. */
public sealed interface Verdict {
  /** No evidence. */
  record Unknown() implements Verdict {}

  record Healthy() implements Verdict {}

  /** For every agent. */
  record Unhealthy() implements Verdict {}

  /**
   * Some agents reach it and some do not.
   *
   * @param agents those that do not; at least one
   */
  record Asymmetric(SortedSet<String> agents) implements Verdict {
    public Asymmetric {
      agents = Collections.unmodifiableSortedSet(new TreeSet<>(agents));
    }
  }

  /** As it goes over the wire. */
  default io.weir.v1.Verdict wire() {
    return switch (this) {
      case Unknown _ -> io.weir.v1.Verdict.VERDICT_UNKNOWN;
      case Healthy _ -> io.weir.v1.Verdict.VERDICT_HEALTHY;
      case Unhealthy _ -> io.weir.v1.Verdict.VERDICT_UNHEALTHY;
      case Asymmetric _ -> io.weir.v1.Verdict.VERDICT_ASYMMETRIC;
    };
  }
}
