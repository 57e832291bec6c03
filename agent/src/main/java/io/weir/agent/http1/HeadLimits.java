package io.weir.agent.http1;

/**
 * What a head may be at most.
 *
 * @param head bytes of the whole head, its empty line included; beyond: 431
 * @param target bytes of the request target; beyond: 414
 * @param fields header fields; beyond: 431
 */
public record HeadLimits(int head, int target, int fields) {
  /** No head is larger than this, whatever is configured. */
  public static final int MOST_HEAD = 64 << 10;

  /** For responses. */
  public static final HeadLimits LARGEST = new HeadLimits(MOST_HEAD, MOST_HEAD, 1000);
}
