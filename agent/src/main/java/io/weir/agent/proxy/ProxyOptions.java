package io.weir.agent.proxy;

import java.time.Duration;

/**
 * How the data plane of one process works.
 *
 * @param eventLoops that accept and serve, 1 or more; Vert.x should have as many
 * @param drainTime that requests under way get when their listener or the process stops; 0 or more
 * @param clientIdle from a connection's opening, or the end of its last request, to the whole head
 *     of its next; also how long a client may take between two reads or writes where no pool is
 *     known
 * @param maxLine longest request or status line, bytes
 * @param maxHead most bytes in the header fields of a request or response
 */
public record ProxyOptions(
    int eventLoops, Duration drainTime, Duration clientIdle, int maxLine, int maxHead) {
  public ProxyOptions {
    if (eventLoops < 1) {
      throw new IllegalArgumentException("event loops: " + eventLoops);
    }
  }

  public static ProxyOptions of(int eventLoops, Duration drainTime) {
    return new ProxyOptions(eventLoops, drainTime, Duration.ofSeconds(75), 8 * 1024, 32 * 1024);
  }
}
