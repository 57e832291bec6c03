package io.weir.agent.proxy;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;

/** What one request is told, and what then becomes of its connection. */
final class ClientSide {
  /** How long the rest of a body is read and dropped, so that the client gets to see the answer. */
  private static final Duration LINGER = Duration.ofSeconds(5);

  private final ClientConnection connection;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final Loop loop;
  private final OpenListener listener;
  private Future<Void> sent = Future.succeededFuture();
  private boolean closing;

  ClientSide(
      ClientConnection connection, HttpServerRequest request, Loop loop, OpenListener listener) {
    this.connection = connection;
    this.request = request;
    this.response = request.response();
    this.loop = loop;
    this.listener = listener;
  }

  /** An answer of Weir's own. To be followed by {@link #settle}. */
  void answer(int status, Reason reason, String text, boolean close) {
    closeAfter(close || "100-continue".equalsIgnoreCase(request.getHeader("expect")));
    response.headers().clear();
    response.setStatusCode(status);
    response.setStatusMessage(HttpResponseStatus.valueOf(status).reasonPhrase());
    response.putHeader("Content-Type", "text/plain; charset=utf-8");
    response.putHeader("X-Weir-Reason", reason.word());
    if (status == 405) {
      response.putHeader("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }
    String body = text + "\n";
    response.putHeader("Content-Length", Integer.toString(body.length()));
    response.headersEndHandler(ready -> connectionField());
    sent = isHead() ? response.end() : response.end(body);
  }

  /** The head of an endpoint's answer; whether it has no body, whatever its fields say. */
  boolean relayHead(HttpClientResponse answer) {
    int status = answer.statusCode();
    response.setStatusCode(status).setStatusMessage(answer.statusMessage());
    HeaderFields.copyEndToEnd(answer.headers(), response.headers());
    String length = answer.getHeader("content-length");
    boolean bodiless = isHead() || status == 204 || status == 304;
    boolean untilClose = !bodiless && length == null && request.version() == HttpVersion.HTTP_1_0;
    closeAfter(untilClose);
    if (!bodiless && !untilClose && length == null) {
      response.setChunked(true);
    }
    response.headersEndHandler(ready -> {
      connectionField();
      if (bodiless) {
        // It would be given a length of its own.
        response.headers().remove("content-length");
        if (length != null) {
          response.headers().set("content-length", length);
        }
      }
    });
    return bodiless;
  }

  /** The endpoint's answer is relayed whole. To be followed by {@link #settle}. */
  void end() {
    closeAfter(false);
    sent = response.end();
  }

  /** {@code unread}: the request's body has not all been read. */
  void settle(boolean unread) {
    if (unread) {
      linger();
    } else if (closing) {
      sent.onComplete(flushed -> connection.close());
    } else {
      connection.waitForRequest();
    }
  }

  /** So that the client sees that what it got is not whole. */
  void abort() {
    connection.close();
  }

  private boolean isHead() {
    return request.method().name().equals("HEAD");
  }

  private void closeAfter(boolean close) {
    if (close || listener.stopping()) {
      closing = true;
      connection.last();
    }
  }

  private void connectionField() {
    if (closing) {
      response.headers().set("connection", "close");
    }
  }

  /** Reads on for a while, without keeping anything. */
  private void linger() {
    Deadline patience = loop.deadline();
    patience.in(LINGER, connection::close);
    request.handler(dropped -> {});
    request.endHandler(end -> {
      patience.cancel();
      if (closing) {
        connection.close();
      } else {
        connection.waitForRequest();
      }
    });
    request.exceptionHandler(failure -> patience.cancel());
    request.resume();
  }
}
