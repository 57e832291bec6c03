package io.weir.agent.health;

import io.weir.agent.model.Health;
import java.util.OptionalLong;

/**
 * What this agent saw of one endpoint.
 *
 * @param health by its own probes and nothing else
 * @param since when the agent came to hold it so, monotonic, ns
 * @param reason the last failure when unhealthy or doubted, else empty
 * @param failures probes in a row that failed since the last one that passed
 * @param successes the other way round; at most one of the two is above 0
 * @param probed when the last probe that ended began, monotonic, ns; empty: there was none
 * @param outlier the agent keeps its own traffic from it because of how that fared there
 */
public record Observation(
    Target target,
    Health health,
    long since,
    String reason,
    int failures,
    int successes,
    OptionalLong probed,
    boolean outlier) {
  public String pool() {
    return target.pool();
  }

  public String endpoint() {
    return target.endpoint();
  }
}
