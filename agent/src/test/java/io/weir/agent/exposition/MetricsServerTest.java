package io.weir.agent.exposition;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.weir.agent.balance.Exclusion;
import io.weir.agent.balance.Explanation;
import io.weir.agent.balance.Explanation.Considered;
import io.weir.agent.balance.Explanation.TierLoad;
import io.weir.agent.gossip.GossipCounts;
import io.weir.agent.metrics.EndpointMetrics;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Health;
import io.weir.agent.model.Pool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class MetricsServerTest {
  private static final class Numbers implements MetricsServer.Source {
    private Future<LoopMetrics> metrics = Future.succeededFuture(new LoopMetrics());
    private volatile boolean ready;

    @Override
    public Future<LoopMetrics> metrics() {
      return metrics;
    }

    @Override
    public Future<Explanation> explainNext(String pool) {
      return switch (pool) {
        case "backend" -> Future.succeededFuture(PICK);
        case "idle" -> Promise.<Explanation>promise().future();
        default -> Future.failedFuture(new NoSuchElementException());
      };
    }

    @Override
    public AgentFacts facts() {
      return new AgentFacts("1.2.3", 42, 7, GossipCounts.NONE);
    }

    @Override
    public boolean ready() {
      return ready;
    }
  }

  private static final Explanation PICK =
      new Explanation(
          "backend",
          new Pool.Balance.LeastLatency(),
          0x2a,
          0,
          0,
          List.of(new TierLoad(0, false, false, 100)),
          List.of(
              considered("10.0.0.1:80", Health.HEALTHY, 1, 3, 4_200_000, Optional.empty()),
              considered("10.0.0.2:80", Health.UNKNOWN, 2, 12, 81_500_000, Optional.empty()),
              considered(
                  "10.0.0.3:80",
                  Health.UNHEALTHY,
                  0,
                  0,
                  0,
                  Optional.of(
                      new Exclusion.Unhealthy(
                          "the fleet's verdict: 5 of 5 agents cannot reach it")))),
          Optional.of("10.0.0.1:80"));

  private static Considered considered(
      String address,
      Health health,
      double weight,
      int outstanding,
      double nanos,
      Optional<Exclusion> excluded) {
    Endpoint endpoint = new Endpoint(address, "10.0.0.1", 80, 1, 0, false);
    return new Considered(
        endpoint, health, weight, outstanding, 1, nanos, 0, 0, false, 0, excluded);
  }

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client = HttpClient.newHttpClient();
  private final Numbers numbers = new Numbers();
  private final MetricsServer server =
      new MetricsServer(vertx, numbers, Duration.ofMillis(50), null, MetricsTls.OFF);
  private int port;

  @BeforeEach
  void listen() throws ExecutionException, InterruptedException, TimeoutException {
    port = await(server.listen("127.0.0.1", 0));
  }

  @AfterEach
  void close() throws ExecutionException, InterruptedException, TimeoutException {
    client.close();
    await(server.close());
    await(vertx.close());
  }

  private static <T> T await(Future<T> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private HttpResponse<String> get(String path, String accept)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    return client.send(
        HttpRequest.newBuilder(uri)
            .header("Accept", accept)
            .timeout(Duration.ofSeconds(30))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static LoopMetrics some() {
    LoopMetrics metrics = new LoopMetrics();
    EndpointMetrics endpoint = metrics.endpoint("backend", "10.0.0.1:80");
    endpoint.connected();
    endpoint.started();
    endpoint.answered(200, 2_500_000, 10, 1_000);
    endpoint.started();
    endpoint.answered(404, 2_500_001, 0, 5);
    endpoint.idled();
    endpoint.started();
    endpoint.failed(1, 0);
    endpoint.retried();
    endpoint.connectFailed();
    metrics.listener("web").opened();
    metrics.listener("web").answered(200);
    return metrics;
  }

  @Test
  void aScrapeInTextIsWhatWasCounted() throws IOException, InterruptedException {
    numbers.metrics = Future.succeededFuture(some());
    HttpResponse<String> scrape = get("/metrics", "text/plain");
    assertThat(scrape.statusCode()).isEqualTo(200);
    assertThat(scrape.headers().firstValue("content-type").orElse(""))
        .startsWith("text/plain; version=0.0.4");
    assertThat(scrape.body().lines())
        .contains(
            "# TYPE weir_requests_total counter",
            "weir_requests_total{code=\"2xx\",endpoint=\"10.0.0.1:80\",pool=\"backend\"} 1.0",
            "weir_requests_total{code=\"4xx\",endpoint=\"10.0.0.1:80\",pool=\"backend\"} 1.0",
            "weir_requests_total{code=\"5xx\",endpoint=\"10.0.0.1:80\",pool=\"backend\"} 0.0",
            "# TYPE weir_request_duration_seconds histogram",
            bucket("0.001", 0),
            bucket("0.0025", 1),
            bucket("0.005", 2),
            bucket("+Inf", 2),
            "weir_request_duration_seconds_count{endpoint=\"10.0.0.1:80\",pool=\"backend\"} 2",
            "weir_request_failures_total{endpoint=\"10.0.0.1:80\",pool=\"backend\"} 1.0",
            "weir_retries_total{endpoint=\"10.0.0.1:80\",pool=\"backend\"} 1.0",
            "weir_upstream_connect_failures_total{endpoint=\"10.0.0.1:80\",pool=\"backend\"} 1.0",
            "weir_upstream_bytes_total{direction=\"down\",endpoint=\"10.0.0.1:80\",pool=\"backend\"}"
                + " 1005.0",
            "weir_upstream_bytes_total{direction=\"up\",endpoint=\"10.0.0.1:80\",pool=\"backend\"}"
                + " 11.0",
            "weir_upstream_connections{endpoint=\"10.0.0.1:80\",pool=\"backend\",state=\"active\"}"
                + " 0.0",
            "weir_upstream_connections{endpoint=\"10.0.0.1:80\",pool=\"backend\",state=\"idle\"}"
                + " 1.0",
            "weir_requests_in_flight{endpoint=\"10.0.0.1:80\",pool=\"backend\"} 0.0",
            "weir_client_connections{listener=\"web\"} 1.0",
            "weir_client_requests_total{code=\"2xx\",listener=\"web\"} 1.0",
            "weir_config_revision 42.0",
            "weir_access_log_dropped_total 7.0",
            "weir_build_info{version=\"1.2.3\"} 1")
        .anyMatch(line -> line.startsWith("process_cpu_seconds_total "))
        .anyMatch(line -> line.startsWith("process_resident_memory_bytes "))
        .anyMatch(line -> line.startsWith("jvm_memory_used_bytes{area=\"heap\"} "));
  }

  private static String bucket(String bound, int count) {
    return "weir_request_duration_seconds_bucket{endpoint=\"10.0.0.1:80\",pool=\"backend\",le=\"%s\"} %d"
        .formatted(bound, count);
  }

  @Test
  void openMetricsIsSpokenToThoseWhoAskForIt() throws IOException, InterruptedException {
    numbers.metrics = Future.succeededFuture(some());
    HttpResponse<String> scrape =
        get("/metrics", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
    assertThat(scrape.headers().firstValue("content-type").orElse(""))
        .startsWith("application/openmetrics-text; version=1.0.0");
    assertThat(scrape.body()).contains("# TYPE weir_requests counter\n").endsWith("# EOF\n");
  }

  @Test
  void anAgentWithoutTrafficHasMetricsToo() throws IOException, InterruptedException {
    assertThat(get("/metrics", "*/*").body()).contains("weir_config_revision 42.0\n");
  }

  @Test
  void readyIsSaidOnlyWhenItIsSo() throws IOException, InterruptedException {
    assertThat(get("/ready", "*/*").statusCode()).isEqualTo(503);
    numbers.ready = true;
    assertThat(get("/ready", "*/*").statusCode()).isEqualTo(200);
    assertThat(get("/live", "*/*").statusCode()).isEqualTo(200);
  }

  @Test
  void nothingElseIsServed() throws IOException, InterruptedException {
    assertThat(get("/", "*/*").statusCode()).isEqualTo(404);
    HttpRequest post =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    assertThat(client.send(post, HttpResponse.BodyHandlers.discarding()).statusCode())
        .isEqualTo(405);
  }

  @Test
  void whatCannotBeToldIsAnError() throws IOException, InterruptedException {
    numbers.metrics = Future.failedFuture(new IllegalStateException("a loop is gone"));
    assertThat(get("/metrics", "*/*").statusCode()).isEqualTo(500);
  }

  @Test
  void aPickIsExplained() throws IOException, InterruptedException {
    HttpResponse<String> response = get("/explain?pool=backend", "*/*");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .isEqualTo(
            """
            pool backend, least_latency, seed 2a
            priority 0: 100 %
            ENDPOINT     HEALTH     WEIGHT  IN FLIGHT  ELSEWHERE  ANSWER MS  NOTE
            10.0.0.1:80  healthy    1.000   3          1          4.200      picked
            10.0.0.2:80  unknown    2.000   12         1          81.500
            10.0.0.3:80  unhealthy  0.000   0          1          0.000      is unhealthy by the fleet's verdict: 5 of 5 agents cannot reach it
            picked 10.0.0.1:80
            """);
  }

  @Test
  void aPickThatCannotBeExplainedIsSaidToBeSo() throws IOException, InterruptedException {
    assertThat(get("/explain", "*/*").statusCode()).isEqualTo(400);
    assertThat(get("/explain?pool=nope", "*/*").statusCode()).isEqualTo(404);
    assertThat(get("/explain?pool=idle", "*/*").statusCode()).isEqualTo(504);
  }

  @Test
  void connectionsBeyondSoManyAreClosed() throws IOException {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < MetricsServer.CONNECTIONS + 3; i++) {
        sockets.add(new Socket(InetAddress.getLoopbackAddress(), port));
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> sockets.stream().filter(MetricsServerTest::isClosed).count() == 3);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(this::isLive);
  }

  private boolean isLive() throws IOException, InterruptedException {
    return get("/live", "*/*").statusCode() == 200;
  }

  private static boolean isClosed(Socket socket) {
    try {
      socket.setSoTimeout(1);
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
