package io.weir.controller.snapshot;

import io.weir.controller.model.ResourceKey;
import io.weir.v1.Resource;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that one agent is to run.
 *
 * @param revision the newest at which the content changed for this agent, by additions, changes or
 *     removals
 * @param content Listeners with all their rules, and Pools; bare of status and of all metadata but
 *     the name, so that it changes only when it means something else to an agent
 */
public record AgentSnapshot(long revision, SortedMap<ResourceKey, Resource> content) {
  public AgentSnapshot {
    if (revision < 1) {
      throw new IllegalArgumentException("revisions begin at 1, not " + revision);
    }
    content = Collections.unmodifiableSortedMap(new TreeMap<>(content));
  }

  public boolean sameContent(AgentSnapshot other) {
    return content.equals(other.content);
  }

  /** This one when {@code next} means the same, else {@code next}. */
  public AgentSnapshot advance(AgentSnapshot next) {
    return sameContent(next) ? this : next;
  }
}
