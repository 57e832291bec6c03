package io.weir.agent.proxy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Pool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Connections to endpoints, kept alive, of one event loop. What sets of time-outs differ in belongs
 * to a client, so there is one client for each set in use.
 */
final class Upstreams {
  /** To one endpoint from one loop; a request beyond waits, for as long as connecting may take. */
  private static final int CONNECTIONS = 4096;

  private final Vertx vertx;
  private final ProxyOptions options;
  private final Map<Pool.Timeouts, HttpClientAgent> clients = new HashMap<>();

  Upstreams(Vertx vertx, ProxyOptions options) {
    this.vertx = vertx;
    this.options = options;
  }

  /** A connection to {@code endpoint} with nothing sent on it yet. */
  Future<HttpClientRequest> request(
      Pool.Timeouts timeouts, Endpoint endpoint, String method, String target) {
    return clients
        .computeIfAbsent(timeouts, this::client)
        .request(
            new RequestOptions()
                .setHost(endpoint.host())
                .setPort(endpoint.port())
                .setMethod(HttpMethod.valueOf(method))
                .setConnectTimeout(timeouts.connect().toMillis())
                .setURI(target));
  }

  private HttpClientAgent client(Pool.Timeouts timeouts) {
    int idleSeconds = (int) Math.clamp(timeouts.idle().toSeconds(), 1, 3600);
    HttpClientOptions client =
        new HttpClientOptions()
            .setConnectTimeout(Math.toIntExact(timeouts.connect().toMillis()))
            .setKeepAliveTimeout(idleSeconds)
            .setMaxInitialLineLength(options.maxLine())
            .setMaxHeaderSize(options.maxHead())
            .setHttp2ClearTextUpgrade(false)
            .setTcpNoDelay(true);
    return vertx
        .httpClientBuilder()
        .with(client)
        .with(new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(-1))
        // The request on it is told; between requests there is no one to tell.
        .withConnectHandler(connection -> connection.exceptionHandler(failed -> {}))
        .build();
  }

  /** Lets go of clients for time-outs that no pool has any more, once their requests are done. */
  void retain(Set<Pool.Timeouts> inUse) {
    clients
        .entrySet()
        .removeIf(entry -> {
          if (inUse.contains(entry.getKey())) {
            return false;
          }
          var _ = entry.getValue().shutdown(Duration.ofHours(1));
          return true;
        });
  }

  Future<Void> close() {
    List<Future<Void>> closing = new ArrayList<>();
    clients.values().forEach(client -> closing.add(client.close()));
    clients.clear();
    return Future.join(closing).mapEmpty();
  }
}
