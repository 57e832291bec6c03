package io.weir.e2e.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.weir.cli.pki.Role;
import io.weir.controller.Controller;
import io.weir.controller.ControllerConfig;
import io.weir.controller.ControllerConfig.ExternalMetrics;
import io.weir.controller.ControllerConfig.Listen;
import io.weir.controller.StartupException;
import io.weir.controller.security.Limits;
import io.weir.controller.security.Protection;
import io.weir.controller.security.TlsFiles;
import io.weir.e2e.security.Papers.Pair;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.ApplyRequest;
import io.weir.v1.Endpoint;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.ScaleMode;
import io.weir.v1.Scaler;
import io.weir.v1.ScalerSpec;
import io.weir.v1.keda.ExternalScalerGrpc;
import io.weir.v1.keda.GetMetricsRequest;
import io.weir.v1.keda.ScaledObjectRef;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Those who ask what a scaler recommends: who they have to be, and that they are told the same. */
final class PullingTest {
  private static final String CLUSTER = "pulled";
  private static final String METRIC =
      "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/weir_desired_endpoints?labelSelector=scaler%3Dweb";

  @TempDir private Path dir = Path.of("");

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  private Controller start(Papers papers, ExternalMetrics metrics) throws StartupException {
    Pair own = papers.issue(Role.CONTROLLER, "c1");
    Controller controller =
        Controller.start(
            new ControllerConfig(
                    CLUSTER,
                    new Listen("127.0.0.1", 0),
                    new ControllerConfig.Storage.Embedded(dir.resolve("data")),
                    100)
                .with(
                    new Protection(
                        Optional.of(new TlsFiles(own.certificate(), own.key(), papers.trust())),
                        false,
                        Optional.empty(),
                        Limits.DEFAULT))
                .with(metrics),
            InstantSource.system());
    open.add(controller);
    return controller;
  }

  private ManagedChannel channel(Papers papers, Controller controller, Role role) {
    ManagedChannel channel =
        papers
            .channel("127.0.0.1", controller.port(), Optional.of(papers.issue(role, "ann")))
            .build();
    open.add(channel::shutdownNow);
    return channel;
  }

  private static ApplyRequest scaled() {
    PoolSpec.Builder pool = PoolSpec.newBuilder();
    for (int port = 81; port <= 83; port++) {
      pool.addEndpoints(Endpoint.newBuilder().setAddress("10.0.0.1:" + port));
    }
    return ApplyRequest.newBuilder()
        .addResources(
            Resource.newBuilder()
                .setMetadata(Metadata.newBuilder().setName("backend"))
                .setPool(Pool.newBuilder().setSpec(pool)))
        .addResources(
            Resource.newBuilder()
                .setMetadata(Metadata.newBuilder().setName("web"))
                .setScaler(
                    Scaler.newBuilder()
                        .setSpec(
                            ScalerSpec.newBuilder()
                                .setPool("backend")
                                .setMin(2)
                                .setMax(10)
                                .setMode(ScaleMode.SCALE_MODE_RECOMMEND))))
        .build();
  }

  private HttpClient client(Papers server, Optional<Pair> shown) throws IOException {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .trustManager(server.trust().toFile());
    shown.ifPresent(pair -> builder.keyManager(pair.certificate().toFile(), pair.key().toFile()));
    HttpClient client =
        HttpClient.newBuilder().sslContext(((JdkSslContext) builder.build()).context()).build();
    open.add(client);
    return client;
  }

  private static HttpResponse<String> get(HttpClient client, Controller controller)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(
                URI.create("https://127.0.0.1:" + controller.externalMetricsPort() + METRIC))
            .timeout(Duration.ofSeconds(10))
            .build(),
        BodyHandlers.ofString());
  }

  @Test
  void keda_and_kubernetes_are_told_the_same_if_they_are_who_they_should_be() throws Exception {
    Papers papers = new Papers(dir.resolve("pki"), CLUSTER);
    Papers aggregator = new Papers(dir.resolve("front-proxy"), "kubernetes");
    Controller controller =
        start(
            papers,
            new ExternalMetrics(new Listen("127.0.0.1", 0), Optional.of(aggregator.trust())));
    var _ =
        AdminServiceGrpc.newBlockingStub(channel(papers, controller, Role.ADMIN)).apply(scaled());
    HttpClient kubernetes =
        client(papers, Optional.of(aggregator.issue(Role.VIEWER, "front-proxy-client")));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> get(kubernetes, controller).statusCode() == 200);

    var keda = ExternalScalerGrpc.newBlockingStub(channel(papers, controller, Role.VIEWER));
    ScaledObjectRef web = ScaledObjectRef.newBuilder().putScalerMetadata("scaler", "web").build();
    long desired =
        keda.getMetrics(
                GetMetricsRequest.newBuilder()
                    .setScaledObjectRef(web)
                    .setMetricName(keda.getMetricSpec(web).getMetricSpecs(0).getMetricName())
                    .build())
            .getMetricValues(0)
            .getMetricValue();

    assertThat(desired).isBetween(2L, 10L);
    assertThat(keda.isActive(web).getResult()).isTrue();
    assertThat(get(kubernetes, controller).body()).contains("\"value\":\"" + desired + "\"");
    HttpClient ours = client(papers, Optional.of(papers.issue(Role.ADMIN, "ann")));
    HttpClient nobody = client(papers, Optional.empty());
    for (HttpClient stranger : List.of(ours, nobody)) {
      assertThatThrownBy(() -> get(stranger, controller)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void metrics_are_not_for_everybody_unless_that_is_said() {
    Papers papers = new Papers(dir.resolve("pki"), CLUSTER);

    assertThatThrownBy(
            () -> start(papers, new ExternalMetrics(new Listen("0.0.0.0", 0), Optional.empty())))
        .isInstanceOf(StartupException.class)
        .hasMessage(
            "on 0.0.0.0:0 anyone could ask for metrics: give --external-metrics-ca and --tls-cert,"
                + " or --insecure-plaintext to serve them all the same");
  }
}
