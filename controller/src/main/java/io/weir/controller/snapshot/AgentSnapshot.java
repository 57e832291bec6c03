package io.weir.controller.snapshot;

/**
 * All that the agents of one scope run at one revision of the store.
 *
 * @param revision within the scope, and an epoch, it says all; equal ones are of equal content
 * @param scope see {@link Scopes}
 */
public record AgentSnapshot(long revision, String scope, Content content) {
  public AgentSnapshot {
    if (revision < 1) {
      throw new IllegalArgumentException("revisions begin at 1, not " + revision);
    }
  }

  public boolean sameContent(AgentSnapshot other) {
    return content.equals(other.content);
  }

  /** The same, at another revision at which it was so. */
  public AgentSnapshot at(long other) {
    return other == revision ? this : new AgentSnapshot(other, scope, content);
  }
}
