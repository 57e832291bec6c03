package io.weir.agent.exposition;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import io.weir.agent.balance.Explanation;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.agent.security.LiveCredentials;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers GET /metrics, /explain, /ready (200 or 503) and /live. Numbers are asked for when they
 * are asked of; text is made of them on a worker thread, as it takes longer than an event loop may.
 */
public final class MetricsServer {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration HANDSHAKE = Duration.ofSeconds(10);

  /** At a time; whoever scrapes needs one. */
  static final int CONNECTIONS = 256;

  private final Vertx vertx;
  private final HttpServer server;
  private final Source source;
  private final Duration patience;
  private final AtomicInteger connections = new AtomicInteger();
  private final ExpositionFormatWriter prometheus = PrometheusTextFormatWriter.create();
  private final ExpositionFormatWriter openMetrics = OpenMetricsTextFormatWriter.create();

  /** Where the numbers are; asked on any thread. */
  public interface Source {
    /** What all loops have counted so far; a copy. */
    Future<LoopMetrics> metrics();

    /**
     * The next pick of that pool.
     *
     * @return fails with {@link NoSuchElementException} when there is no such pool; may never
     *     complete
     */
    Future<Explanation> explainNext(String pool);

    AgentFacts facts();

    /** Whether the agent runs a config and has not begun to stop. */
    boolean ready();
  }

  /**
   * Does not listen yet.
   *
   * @param credentials whose certificate is shown, the one of the moment; null: plaintext
   * @param tls of no meaning without credentials
   */
  public MetricsServer(
      Vertx vertx, Source source, @Nullable LiveCredentials credentials, MetricsTls tls) {
    this(vertx, source, PATIENCE, credentials, tls);
  }

  /**
   * @param patience how long a request to explain waits for a pick
   */
  MetricsServer(
      Vertx vertx,
      Source source,
      Duration patience,
      @Nullable LiveCredentials credentials,
      MetricsTls tls) {
    this.vertx = vertx;
    this.source = source;
    this.patience = patience;
    server =
        vertx
            .createHttpServer(options(credentials, tls))
            .connectionHandler(this::admit)
            .requestHandler(this::answer);
  }

  private static HttpServerOptions options(@Nullable LiveCredentials credentials, MetricsTls tls) {
    HttpServerOptions options =
        new HttpServerOptions()
            .setIdleTimeout(60)
            .setIdleTimeoutUnit(TimeUnit.SECONDS)
            .setHttp2ClearTextEnabled(false);
    if (credentials == null || tls == MetricsTls.OFF) {
      return options;
    }
    return options
        .setSsl(true)
        .setUseAlpn(false)
        .setEnabledSecureTransportProtocols(Set.of("TLSv1.3", "TLSv1.2"))
        .setSslHandshakeTimeout(HANDSHAKE.toSeconds())
        .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
        .setKeyCertOptions(KeyCertOptions.wrap(credentials.keys()))
        .setTrustOptions(TrustOptions.wrap(credentials.trust()))
        .setClientAuth(tls == MetricsTls.MUTUAL ? ClientAuth.REQUIRED : ClientAuth.NONE);
  }

  /** The port that was bound; fails when none could be. */
  public Future<Integer> listen(String host, int port) {
    return server.listen(port, host).map(HttpServer::actualPort);
  }

  public Future<Void> close() {
    return server.close();
  }

  private void admit(HttpConnection connection) {
    connection.closeHandler(_ -> connections.decrementAndGet());
    if (connections.incrementAndGet() > CONNECTIONS) {
      var _ = connection.close();
    }
  }

  private void answer(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      say(response.putHeader("Allow", "GET, HEAD"), 405, "only GET is answered here");
      return;
    }
    switch (request.path()) {
      case "/metrics" -> scrape(request);
      case "/explain" -> explain(request);
      case "/live" -> say(response, 200, "live");
      case "/ready" -> {
        boolean ready = source.ready();
        say(response, ready ? 200 : 503, ready ? "ready" : "not ready");
      }
      case null, default -> say(response, 404, "there are /metrics, /explain, /ready and /live");
    }
  }

  private static void say(HttpServerResponse response, int status, String what) {
    var _ = response.setStatusCode(status).putHeader("Content-Type", TEXT).end(what + "\n");
  }

  private void explain(HttpServerRequest request) {
    String pool = request.getParam("pool");
    if (pool == null || pool.isEmpty()) {
      say(request.response(), 400, "of which pool? /explain?pool=NAME");
      return;
    }
    source
        .explainNext(pool)
        .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(pick -> say(request.response(), 200, PickText.of(pick)))
        .onFailure(failure -> {
          if (failure instanceof NoSuchElementException) {
            say(request.response(), 404, "this agent runs no pool " + pool);
          } else {
            say(request.response(), 504, "no request came for pool " + pool);
          }
        });
  }

  private void scrape(HttpServerRequest request) {
    String accept = request.getHeader("Accept");
    boolean open = accept != null && openMetrics.accepts(accept);
    ExpositionFormatWriter writer = open ? openMetrics : prometheus;
    source
        .metrics()
        .compose(metrics -> vertx.executeBlocking(() -> text(writer, metrics), false))
        .onSuccess(text -> {
          var _ =
              request
                  .response()
                  .putHeader("Content-Type", writer.getContentType())
                  .end(Buffer.buffer(text));
        })
        .onFailure(bug -> {
          LOG.atWarn().setCause(bug).log("cannot tell the metrics");
          say(request.response(), 500, "the metrics cannot be told");
        });
  }

  private byte[] text(ExpositionFormatWriter writer, LoopMetrics metrics) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 14);
    writer.write(out, Exposition.of(metrics, source.facts()));
    return out.toByteArray();
  }
}
