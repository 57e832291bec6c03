package io.weir.agent;

/**
 * Says when to collect what has grown old on the heap. The serial collector by itself does not
 * until the heap has its largest size, a quarter of the machine's memory, as it rather takes more
 * from the system: each change of a large configuration leaves some of it behind. Confined to one
 * thread.
 */
final class HeapTrim {
  private static final long MIB = 1 << 20;

  /** Nanoseconds for which a little more is let be: a collection takes some 20 ms. */
  private static final long PAUSE = 60_000_000_000L;

  /** Bytes; of that, about 2 MiB are what is young and collected anyway. */
  private static final long LITTLE = 5 * MIB / 2;

  /** Bytes; a collection takes the longer the more there is to collect. */
  private static final long MUCH = 16 * MIB;

  private long live;
  private long collected;

  /**
   * @param live bytes that were left by a collection just now, or about
   * @param now System.nanoTime
   */
  HeapTrim(long live, long now) {
    collected(live, now);
  }

  /**
   * @param used bytes now
   * @param now System.nanoTime
   */
  boolean isDue(long used, long now) {
    boolean more = used > live + live / 4 + LITTLE;
    return more && now - collected >= PAUSE || used > 2 * live + MUCH;
  }

  /** As {@link #HeapTrim}. */
  void collected(long live, long now) {
    this.live = live;
    collected = now;
  }
}
