package io.weir.agent.probe;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.HealthCheck;
import io.weir.agent.model.HealthCheck.Probe;
import io.weir.agent.probe.ProbeResult.Failed;
import io.weir.agent.probe.ProbeResult.Passed;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;

/** Asks an endpoint once whether it is well, on a connection of its own. For one event loop. */
final class ProbeClient {
  /** An answer that goes on for longer has shown by its status what it had to. */
  private static final int MAX_BODY_BYTES = 64 << 10;

  // More than there can be probes of one address at a time: each pool that has it probes it once.
  private static final int MAX_CONNECTIONS_PER_ADDRESS = 1_024;

  private final Vertx vertx;
  private final HttpClient http;
  private final NetClient tcp;

  ProbeClient(Vertx vertx) {
    this.vertx = vertx;
    this.http =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setKeepAlive(false)
                .setDecompressionSupported(false),
            new PoolOptions().setHttp1MaxSize(MAX_CONNECTIONS_PER_ADDRESS));
    this.tcp = vertx.createNetClient(new NetClientOptions());
  }

  /** Completes within the check's timeout, whatever the endpoint does; fails never. */
  Future<ProbeResult> probe(Endpoint endpoint, HealthCheck check) {
    Promise<ProbeResult> result = Promise.promise();
    String late = "timed out after " + text(check.timeout());
    long timer =
        vertx.setTimer(check.timeout().toMillis(), _ -> result.tryComplete(new Failed(late)));
    switch (check.probe()) {
      case Probe.Http probe -> get(endpoint, probe, check.timeout(), result);
      case Probe.Tcp _ -> connect(endpoint, check.timeout(), result);
    }
    return result.future().onComplete(_ -> vertx.cancelTimer(timer));
  }

  Future<Void> close() {
    return Future.join(http.close(), tcp.close()).mapEmpty();
  }

  private void connect(Endpoint endpoint, Duration timeout, Promise<ProbeResult> result) {
    ConnectOptions options = new ConnectOptions();
    options.setRemoteAddress(SocketAddress.inetSocketAddress(endpoint.port(), endpoint.host()));
    options.setTimeout((int) timeout.toMillis());
    tcp.connect(options)
        .onSuccess(socket -> {
          result.tryComplete(new Passed());
          socket.close();
        })
        .onFailure(cause -> result.tryComplete(failed(cause, timeout)));
  }

  private void get(
      Endpoint endpoint, Probe.Http probe, Duration timeout, Promise<ProbeResult> result) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setServer(SocketAddress.inetSocketAddress(endpoint.port(), endpoint.host()))
            .setURI(probe.path())
            .setConnectTimeout(timeout.toMillis())
            .putHeader("Host", probe.host().isEmpty() ? endpoint.address() : probe.host())
            .putHeader("User-Agent", "weir-probe")
            .putHeader("Accept", "*/*");
    http.request(options)
        .onSuccess(request -> {
          // What goes wrong on it fails the request; unhandled it would be logged besides.
          request.connection().exceptionHandler(_ -> {});
          // Decided, in time or not: the connection has served its purpose.
          result.future().onComplete(_ -> request.connection().close());
          if (!result.future().isComplete()) {
            send(request, timeout, result);
          }
        })
        .onFailure(cause -> result.tryComplete(failed(cause, timeout)));
  }

  private static void send(
      HttpClientRequest request, Duration timeout, Promise<ProbeResult> result) {
    request
        .send()
        .onSuccess(response -> judge(response, timeout, result))
        .onFailure(cause -> result.tryComplete(failed(cause, timeout)));
  }

  private static void judge(
      HttpClientResponse response, Duration timeout, Promise<ProbeResult> result) {
    int status = response.statusCode();
    if (status < 200 || status > 399) {
      result.tryComplete(new Failed("status " + status));
      return;
    }
    long[] received = new long[1];
    response.handler(bytes -> {
      received[0] += bytes.length();
      if (received[0] > MAX_BODY_BYTES) {
        result.tryComplete(new Passed());
      }
    });
    response.exceptionHandler(cause -> result.tryComplete(failed(cause, timeout)));
    response.endHandler(_ -> result.tryComplete(new Passed()));
  }

  private static Failed failed(Throwable failure, Duration timeout) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (message.contains("timed out") || message.contains("timeout")) {
        return new Failed("timed out after " + text(timeout));
      }
      if (message.contains("connection refused")) {
        return new Failed("connection refused");
      }
      if (message.contains("connection reset") || message.contains("broken pipe")) {
        return new Failed("connection reset");
      }
      if (cause instanceof NoRouteToHostException || message.contains("no route to host")) {
        return new Failed("no route to host");
      }
      if (message.contains("network is unreachable")) {
        return new Failed("network is unreachable");
      }
      if (cause instanceof UnknownHostException) {
        return new Failed("no address for that name");
      }
      if (message.contains("closed")) {
        return new Failed("connection closed before the answer was complete");
      }
      if (cause instanceof ConnectException) {
        return new Failed("cannot connect: " + cause.getMessage());
      }
      if (cause instanceof IOException) {
        return new Failed(String.valueOf(cause.getMessage()));
      }
    }
    return new Failed("not an HTTP/1.1 answer");
  }

  /** Timeouts have whole milliseconds or more. */
  private static String text(Duration timeout) {
    return timeout.toMillis() + " ms";
  }
}
