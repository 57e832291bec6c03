package io.weir.agent.probe;

/** How one probe ended. */
sealed interface ProbeResult {
  record Passed() implements ProbeResult {}

  /** {@code reason} as in "connection refused". */
  record Failed(String reason) implements ProbeResult {}
}
