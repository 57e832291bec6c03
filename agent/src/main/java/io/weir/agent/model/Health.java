package io.weir.agent.model;

/** What this agent holds of an endpoint. No evidence is UNKNOWN, never UNHEALTHY. */
public enum Health {
  UNKNOWN,
  HEALTHY,
  UNHEALTHY
}
