package io.weir.agent.accesslog;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * From one event loop to the writer: a ring of entries that are filled again and again (Lamport,
 * "Specifying concurrent program modules", 1983). One thread logs, one reads; neither waits.
 */
public final class AccessRing {
  private static final long MAX_TEXT_BYTES = 16 << 20;

  private final AccessEntry[] entries;

  private final int mask;
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong read = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private volatile boolean closed;

  /** Producer only: memory that the entries hold for text. */
  private long textBytes;

  /** Producer only: how far it knows to have been read. */
  private long knownRead;

  /**
   * @param capacity a power of two
   */
  AccessRing(int capacity) {
    entries = new AccessEntry[capacity];
    mask = capacity - 1;
    Arrays.setAll(entries, i -> new AccessEntry());
  }

  /** Takes a copy; when there is no room it is dropped and counted. By one thread only. */
  public void log(AccessEntry entry) {
    long at = written.getPlain();
    if (at - knownRead > mask) {
      knownRead = read.getAcquire();
    }
    AccessEntry place = entries[(int) at & mask];
    int growth = place.capacityFor(entry) - place.capacity();
    if (growth > 0 && textBytes + growth > MAX_TEXT_BYTES) {
      reclaim(at);
      growth = place.capacityFor(entry) - place.capacity();
    }
    long grown = textBytes + growth;
    if (at - knownRead > mask || grown > MAX_TEXT_BYTES || closed) {
      dropped.setOpaque(dropped.getPlain() + 1);
      return;
    }
    textBytes = grown;
    place.copy(entry);
    written.setRelease(at + 1);
  }

  /** Takes the memory of unusually long text from entries that have been read. */
  private void reclaim(long at) {
    knownRead = read.getAcquire();
    for (long i = at; i <= knownRead + mask; i++) {
      textBytes -= entries[(int) i & mask].shrink();
    }
  }

  /** Whatever is logged from now on is dropped. */
  void close() {
    closed = true;
  }

  long dropped() {
    return dropped.getOpaque();
  }

  /** Formats what is there, at most {@code most} entries; how many it was. By one thread only. */
  int drain(LineFormat format, Lines to, int most) {
    long from = read.getPlain();
    int count = (int) Math.min(most, written.getAcquire() - from);
    for (long at = from; at < from + count; at++) {
      format.append(entries[(int) at & mask], to);
    }
    read.setRelease(from + count);
    return count;
  }
}
