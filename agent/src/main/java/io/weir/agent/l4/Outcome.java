package io.weir.agent.l4;

import io.weir.agent.metrics.ListenerMetrics;
import org.jspecify.annotations.Nullable;

/**
 * How a connection or flow ended, with the status that stands in the access log for it, as nginx's
 * stream module would write it, and the word that says why it was not a proper end.
 */
public enum Outcome {
  /** Both sides had said all they had to; a UDP flow became idle. */
  FINISHED(200, null),
  NO_ENDPOINT(503, "no-endpoint"),
  /** The pool has as many connections as it may have. */
  OVERFLOW(503, "overflow"),
  CONNECT_REFUSED(502, "connect-refused"),
  CONNECT_TIMEOUT(504, "connect-timeout"),
  CONNECT_FAILED(502, "connect-failed"),
  /** The endpoint reset the connection. */
  ENDPOINT_RESET(502, "upstream-reset"),
  /** The client reset the connection, or left before there was an endpoint. */
  CLIENT_RESET(499, "client-closed"),
  /** No byte in either direction for too long. */
  IDLE(200, "idle-timeout"),
  /** The listener was closed and the time to finish was over. */
  DRAINED(200, "drained");

  private final int status;
  private final @Nullable String reason;

  Outcome(int status, @Nullable String reason) {
    this.status = status;
    this.reason = reason;
  }

  public int status() {
    return status;
  }

  /** Null when there is nothing to say. */
  public @Nullable String reason() {
    return reason;
  }

  /** At the end of one that was counted as opened. */
  void count(ListenerMetrics listener) {
    switch (this) {
      case FINISHED,
          NO_ENDPOINT,
          OVERFLOW,
          CONNECT_REFUSED,
          CONNECT_TIMEOUT,
          CONNECT_FAILED,
          IDLE ->
          listener.answered(status);
      case ENDPOINT_RESET, CLIENT_RESET, DRAINED -> listener.aborted();
    }
    listener.closed();
  }
}
