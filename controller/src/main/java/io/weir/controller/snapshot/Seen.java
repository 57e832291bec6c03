package io.weir.controller.snapshot;

import java.util.TreeSet;

/** Of which revisions the configuration is known, of the latest ones. For one thread at a time. */
final class Seen {
  private static final int KEPT = 256;

  private final TreeSet<Long> revisions = new TreeSet<>();

  /** It is the newest, and nothing has been written since. */
  void add(long revision) {
    revisions.add(revision);
    if (revisions.size() > KEPT) {
      revisions.pollFirst();
    }
  }

  /** Whether it is one of these, or after the newest, at which all is as it was then. */
  boolean has(long revision) {
    return !revisions.isEmpty()
        && (revision >= revisions.getLast() || revisions.contains(revision));
  }
}
