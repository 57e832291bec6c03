package io.weir.agent.l4;

/** How a connection or flow ended. */
public enum Outcome {
  /** Both sides had said all they had to; a UDP flow became idle. */
  FINISHED,
  NO_ENDPOINT,
  CONNECT_REFUSED,
  CONNECT_TIMEOUT,
  CONNECT_FAILED,
  /** The endpoint reset the connection. */
  ENDPOINT_RESET,
  /** The client reset the connection, or left before there was an endpoint. */
  CLIENT_RESET,
  /** No byte in either direction for too long. */
  IDLE,
  /** The listener was closed and the time to finish was over. */
  DRAINED
}
