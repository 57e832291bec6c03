package io.weir.agent.probe;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.SocketAddress;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.HealthCheck.Probe;
import io.weir.agent.model.HealthCheck.Tls;
import io.weir.agent.probe.ProbeResult.Failed;
import io.weir.agent.probe.ProbeResult.Passed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** One request over HTTP/1.1, on a connection of its own. */
final class HttpProbes implements ProbeClient.Kind<Probe.Http> {
  /** An answer that goes on for longer has shown by its beginning what it had to. */
  private static final int MAX_BODY_BYTES = 64 << 10;

  // More than there can be probes of one address at a time: each pool that has it probes it once.
  private static final int MAX_CONNECTIONS_PER_ADDRESS = 1_024;

  private final HttpClient client;

  HttpProbes(Vertx vertx) {
    client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setKeepAlive(false)
                .setForceSni(true)
                .setDecompressionSupported(false),
            new PoolOptions().setHttp1MaxSize(MAX_CONNECTIONS_PER_ADDRESS));
  }

  Future<Void> close() {
    return client.close();
  }

  @Override
  public void probe(
      Endpoint endpoint, Probe.Http probe, Duration timeout, ProbeClient.Answer result) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(probe.head() ? HttpMethod.HEAD : HttpMethod.GET)
            .setServer(SocketAddress.inetSocketAddress(endpoint.port(), endpoint.host()))
            .setURI(probe.path())
            .setConnectTimeout(timeout.toMillis())
            .putHeader("User-Agent", "weir-probe")
            .putHeader("Accept", "*/*");
    probe.headers().forEach(options::putHeader);
    options.putHeader("Host", probe.host().isEmpty() ? endpoint.address() : probe.host());
    probe.tls().ifPresent(tls -> secure(options, tls, endpoint, probe.host()));
    client
        .request(options)
        .onSuccess(request -> {
          // What goes wrong on it fails the request; unhandled it would be logged besides.
          request.connection().exceptionHandler(_ -> {});
          // Decided, in time or not: the connection has served its purpose.
          result.whenDecided(() -> request.connection().close());
          if (!result.isDecided()) {
            send(request, probe, timeout, result);
          }
        })
        .onFailure(cause -> result.is(failed(cause, timeout)));
  }

  private static void secure(RequestOptions options, Tls tls, Endpoint endpoint, String host) {
    String named = host.replaceFirst(":\\d+$", "");
    String fallback = named.isEmpty() ? endpoint.host() : named;
    options
        .setSsl(true)
        .setHost(tls.serverName().isEmpty() ? fallback : tls.serverName())
        .setPort(endpoint.port())
        .setSslOptions(
            new ClientSSLOptions()
                .setTrustAll(!tls.verify())
                .setHostnameVerificationAlgorithm(tls.verify() ? "HTTPS" : ""));
  }

  private static void send(
      HttpClientRequest request, Probe.Http probe, Duration timeout, ProbeClient.Answer result) {
    request
        .send()
        .onSuccess(response -> judge(response, probe, timeout, result))
        .onFailure(cause -> result.is(failed(cause, timeout)));
  }

  private static void judge(
      HttpClientResponse response, Probe.Http probe, Duration timeout, ProbeClient.Answer result) {
    if (!probe.accepts(response.statusCode())) {
      result.is(new Failed("status " + response.statusCode()));
      return;
    }
    Buffer received = Buffer.buffer();
    response.handler(bytes -> {
      received.appendBuffer(bytes);
      if (received.length() > MAX_BODY_BYTES) {
        response.handler(null);
        result.is(judge(received, probe.body()));
      }
    });
    response.exceptionHandler(cause -> result.is(failed(cause, timeout)));
    response.endHandler(_ -> result.is(judge(received, probe.body())));
  }

  private static ProbeResult judge(Buffer body, String expected) {
    // Byte by byte, whatever the charset.
    String bytes = body.toString(StandardCharsets.ISO_8859_1);
    String sought =
        new String(expected.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    return bytes.contains(sought)
        ? new Passed()
        : new Failed("the body does not contain what is expected");
  }

  private static Failed failed(Throwable cause, Duration timeout) {
    return Failures.of(cause, timeout, "not an HTTP/1.1 answer");
  }
}
