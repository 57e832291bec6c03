package io.weir.agent.balance;

import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;

/** An endpoint as one balancer sees it. */
final class Candidate {
  final Endpoint endpoint;
  final EndpointState state;

  /**
   * Of smooth round robin: how far this endpoint is behind its share, in requests × total weight.
   */
  long credit;

  Candidate(Endpoint endpoint, EndpointState state) {
    this.endpoint = endpoint;
    this.state = state;
  }

  boolean usable() {
    return endpoint.weight() > 0 && !endpoint.drain() && state.health() != Health.UNHEALTHY;
  }
}
