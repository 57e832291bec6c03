package io.weir.controller.rollout;

import java.util.Map;
import java.util.Set;

/**
 * What the leader knows of one agent.
 *
 * @param runs numbers of the staged changes in what it runs
 * @param refused of those in what it refused
 * @param why it refused; empty: it did not
 */
public record Member(
    String name,
    Map<String, String> labels,
    boolean connected,
    Set<Long> runs,
    Set<Long> refused,
    String why) {
  public Member {
    labels = Map.copyOf(labels);
    runs = Set.copyOf(runs);
    refused = Set.copyOf(refused);
  }
}
