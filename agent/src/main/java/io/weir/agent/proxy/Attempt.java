package io.weir.agent.proxy;

import io.vertx.core.http.HttpClientRequest;
import io.weir.agent.balance.Ticket;
import org.jspecify.annotations.Nullable;

/** One endpoint being asked for one request. Callbacks of an attempt that is over do nothing. */
final class Attempt {
  private static final int MAX_INTERIM = 16;

  final Ticket ticket;
  private @Nullable HttpClientRequest upstream;
  private @Nullable Pump download;
  private int interim;
  private boolean relaying;
  private boolean over;

  Attempt(Ticket ticket) {
    this.ticket = ticket;
  }

  String address() {
    return ticket.endpoint().address();
  }

  /** A connection is there; false, and it is given up, when no one waits for it any more. */
  boolean connected(HttpClientRequest request) {
    upstream = request;
    if (over) {
      request.exceptionHandler(cancelled -> {});
      var _ = request.reset();
    }
    return !over;
  }

  /** One more interim response; false when that is one too many. */
  boolean interim() {
    return ++interim <= MAX_INTERIM;
  }

  /** The head of the answer has come; from here on the client sees what happens. */
  void relaying() {
    relaying = true;
  }

  boolean isRelaying() {
    return relaying;
  }

  void download(Pump body) {
    download = body;
  }

  /** The client does not take what the endpoint gives. */
  boolean waitsForClient() {
    return download != null && download.blocked();
  }

  boolean isOver() {
    return over;
  }

  /** The whole answer is there, and the endpoint has the whole request. */
  void done() {
    over = true;
  }

  /** Lets go of the connection, in whatever state. */
  void cancel() {
    if (over) {
      return;
    }
    over = true;
    if (download != null) {
      download.stop();
    }
    if (upstream != null) {
      var _ = upstream.reset();
    }
  }
}
