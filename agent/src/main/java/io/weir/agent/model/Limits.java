package io.weir.agent.model;

/**
 * What a request may be; see weir.v1.Limits.
 *
 * @param head bytes of the request line and all header fields; beyond: 431
 * @param target bytes of the request target, at most {@code head}; beyond: 414
 * @param fields number of header fields; beyond: 431
 * @param body bytes of the body without its framing; {@link #NONE}: any number; beyond: 413
 */
public record Limits(int head, int target, int fields, long body) {
  public static final long NONE = Long.MAX_VALUE;

  public static final Limits DEFAULT = new Limits(32 << 10, 8 << 10, 128, NONE);
}
