package io.weir.controller.model;

import io.weir.v1.Circuit;
import io.weir.v1.RetryBudget;

/** What an agent gives a pool at most; the ranges are those that resources.proto names. */
final class CircuitRules {
  private static final int MAX = 1_000_000;

  private CircuitRules() {}

  static void check(Circuit circuit, Problems.On on) {
    most("circuit.connections", circuit.getConnections(), on);
    most("circuit.endpoint_connections", circuit.getEndpointConnections(), on);
    most("circuit.pending", circuit.getPending(), on);
    most("circuit.requests", circuit.getRequests(), on);
    RetryBudget retries = circuit.getRetries();
    if (retries.hasPercent()) {
      on.range("circuit.retries.percent", retries.getPercent(), 0, 100);
    }
    if (retries.hasPerSecond()) {
      on.range("circuit.retries.per_second", retries.getPerSecond(), 0, MAX);
    }
  }

  /** 0 is unset. */
  private static void most(String field, int value, Problems.On on) {
    if (value != 0) {
      on.range(field, value, 1, MAX);
    }
  }
}
