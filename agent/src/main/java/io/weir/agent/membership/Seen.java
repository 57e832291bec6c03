package io.weir.agent.membership;

import io.weir.agent.model.Health;

/**
 * What one agent holds of one endpoint.
 *
 * @param sequence grows with each observation of the agent; of two of the same endpoint the higher
 *     one holds
 */
public record Seen(String agent, String pool, String endpoint, Health health, long sequence) {
  /** Of which endpoint. */
  record Key(String agent, String pool, String endpoint) {}

  Key key() {
    return new Key(agent, pool, endpoint);
  }
}
