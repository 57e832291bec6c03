package io.weir.agent.proxy;

import io.vertx.core.http.HttpConnection;
import java.time.Duration;

/**
 * One client's connection: closed when no whole head arrives in time, be it idle or sending a head
 * byte by byte.
 */
final class ClientConnection {
  private final HttpConnection connection;
  private final Deadline deadline;
  private final Duration idle;
  private boolean last;

  ClientConnection(HttpConnection connection, Deadline deadline, Duration idle) {
    this.connection = connection;
    this.deadline = deadline;
    this.idle = idle;
    waitForRequest();
  }

  void waitForRequest() {
    deadline.in(idle, this::close);
  }

  /** A head has arrived; from here on its exchange watches over the time. */
  void busy() {
    deadline.cancel();
  }

  /** The request under way is the last one: whatever else comes is not looked at. */
  void last() {
    last = true;
  }

  boolean isLast() {
    return last;
  }

  void closed() {
    deadline.cancel();
  }

  void close() {
    var _ = connection.close();
  }
}
