package io.weir.controller.snapshot;

import java.util.Collections;
import java.util.SortedSet;

/**
 * All that the agents of one scope run at one revision of the store.
 *
 * @param revision within the scope, and an epoch, it says all; equal ones are of equal content
 * @param scope see {@link Scopes}
 * @param staged numbers of the staged changes in it
 */
public record AgentSnapshot(long revision, String scope, Content content, SortedSet<Long> staged) {
  public AgentSnapshot {
    staged = Collections.unmodifiableSortedSet(staged);
    if (revision < 1) {
      throw new IllegalArgumentException("revisions begin at 1, not " + revision);
    }
  }

  /** Where nothing is staged. */
  public AgentSnapshot(long revision, String scope, Content content) {
    this(revision, scope, content, Collections.emptySortedSet());
  }

  /** Whether an agent that has the other one need not be told of this one. */
  public boolean means(AgentSnapshot other) {
    return scope.equals(other.scope) && sameContent(other);
  }

  public boolean sameContent(AgentSnapshot other) {
    return content.equals(other.content);
  }

  /** The same, at another revision at which it was so. */
  public AgentSnapshot at(long other) {
    return other == revision ? this : new AgentSnapshot(other, scope, content, staged);
  }
}
