package io.weir.agent.proxy;

import io.weir.agent.balance.Locality;
import java.time.Duration;

/**
 * How the data plane of one process works.
 *
 * @param eventLoops that accept and serve, 1 or more; Vert.x should have as many
 * @param drainTime that requests under way get when their listener or the process stops; 0 or more
 * @param locality where endpoints are picked
 */
public record ProxyOptions(int eventLoops, Duration drainTime, Locality locality) {
  public ProxyOptions {
    if (eventLoops < 1) {
      throw new IllegalArgumentException("event loops: " + eventLoops);
    }
  }

  public ProxyOptions(int eventLoops, Duration drainTime) {
    this(eventLoops, drainTime, Locality.NOWHERE);
  }
}
