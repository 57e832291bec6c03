package io.weir.agent.control;

import io.weir.agent.model.Circuit;
import io.weir.v1.RetryBudget;

/** What an agent gives a pool at most, with every default filled in. Pure. */
final class CircuitCompiler {
  private static final int MAX = 1_000_000;

  private final Refusals refusals;

  CircuitCompiler(Refusals refusals) {
    this.refusals = refusals;
  }

  Circuit compile(io.weir.v1.Circuit spec) {
    Circuit.Retries usual = Circuit.USUAL.retries();
    RetryBudget retries = spec.getRetries();
    return new Circuit(
        most("circuit.connections", spec.getConnections()),
        most("circuit.endpoint_connections", spec.getEndpointConnections()),
        most("circuit.pending", spec.getPending()),
        most("circuit.requests", spec.getRequests()),
        new Circuit.Retries(
            retries.hasPercent()
                ? refusals.range("circuit.retries.percent", retries.getPercent(), 0, 100)
                : usual.percent(),
            retries.hasPerSecond()
                ? refusals.range("circuit.retries.per_second", retries.getPerSecond(), 0, MAX)
                : usual.perSecond()));
  }

  /** 0 is unset. */
  private int most(String field, int value) {
    return value == 0 ? 0 : refusals.range(field, value, 1, MAX);
  }
}
