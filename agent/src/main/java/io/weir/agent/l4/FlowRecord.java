package io.weir.agent.l4;

import org.jspecify.annotations.Nullable;

/**
 * One TCP connection or UDP flow, as it ended.
 *
 * @param client address literal of the peer
 * @param received bytes from the client
 * @param sent bytes to the client
 * @param endpoint the last one tried, null when none
 * @param attempts endpoints tried, 0 when none
 * @param durationNanos from the first sign of it to its end
 * @param connectNanos from the first sign of it to a connection to the endpoint; negative: none
 */
public record FlowRecord(
    Protocol protocol,
    String listener,
    String client,
    long received,
    long sent,
    String pool,
    @Nullable String endpoint,
    int attempts,
    long durationNanos,
    long connectNanos,
    Outcome outcome) {
  /** Of layer 4. */
  public enum Protocol {
    TCP,
    UDP
  }
}
