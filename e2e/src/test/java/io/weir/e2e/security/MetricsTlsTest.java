package io.weir.e2e.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.weir.agent.balance.Explanation;
import io.weir.agent.exposition.AgentFacts;
import io.weir.agent.exposition.MetricsServer;
import io.weir.agent.exposition.MetricsTls;
import io.weir.agent.gossip.GossipCounts;
import io.weir.agent.metrics.LoopMetrics;
import io.weir.agent.security.LiveCredentials;
import io.weir.agent.security.TlsFiles;
import io.weir.cli.pki.Role;
import io.weir.e2e.live.Await;
import io.weir.e2e.security.Papers.Pair;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What scrapes an agent, and asks whether it is ready, in TLS. */
final class MetricsTlsTest {
  @TempDir private Path dir = Path.of("");

  private final List<AutoCloseable> open = new ArrayList<>();
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
    done(vertx.close());
  }

  private static final class Nothing implements MetricsServer.Source {
    @Override
    public Future<LoopMetrics> metrics() {
      return Future.succeededFuture(new LoopMetrics());
    }

    @Override
    public Future<Explanation> explainNext(String pool) {
      return Future.failedFuture("none");
    }

    @Override
    public AgentFacts facts() {
      return new AgentFacts("1", 1, 1, GossipCounts.NONE);
    }

    @Override
    public boolean ready() {
      return true;
    }
  }

  private static <T> T done(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private LiveCredentials credentials(Papers papers, Pair pair) throws Exception {
    LiveCredentials credentials =
        LiveCredentials.open(new TlsFiles(pair.certificate(), pair.key(), papers.trust()));
    open.add(credentials);
    return credentials;
  }

  private int serve(Papers papers, MetricsTls tls) throws Exception {
    MetricsServer server =
        new MetricsServer(
            vertx, new Nothing(), credentials(papers, papers.issue(Role.AGENT, "a1")), tls);
    open.add(() -> done(server.close()));
    return done(server.listen("127.0.0.1", 0));
  }

  private HttpClient client(Papers papers, Optional<Pair> shown) throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null);
    try (InputStream in = Files.newInputStream(papers.trust())) {
      trusted.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        shown.isEmpty() ? null : new KeyManager[] {credentials(papers, shown.get()).keys()},
        trust.getTrustManagers(),
        null);
    HttpClient client = HttpClient.newBuilder().sslContext(context).build();
    open.add(client);
    return client;
  }

  private static HttpResponse<String> get(HttpClient client, int port, String path)
      throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(20))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static String serial(HttpResponse<?> response) throws Exception {
    SSLSession session = response.sslSession().orElseThrow();
    return ((X509Certificate) session.getPeerCertificates()[0]).getSerialNumber().toString();
  }

  @Test
  void are_answered_to_everybody_with_the_certificate_of_the_moment() throws Exception {
    Papers papers = new Papers(dir.resolve("pki"), "test");
    int port = serve(papers, MetricsTls.ON);
    HttpResponse<String> first = get(client(papers, Optional.empty()), port, "/metrics");
    assertThat(first.body()).contains("weir_");
    String before = serial(first);
    papers.issue(Role.AGENT, "a1");
    Await.until(
        "the other certificate to be shown",
        Duration.ofSeconds(20),
        () -> isAnother(papers, port, before));
  }

  private boolean isAnother(Papers papers, int port, String before) {
    try {
      return !serial(get(client(papers, Optional.empty()), port, "/ready")).equals(before);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void are_answered_to_those_of_the_same_authority_only_if_so_asked() throws Exception {
    Papers papers = new Papers(dir.resolve("pki"), "test");
    int port = serve(papers, MetricsTls.MUTUAL);
    HttpClient viewer = client(papers, Optional.of(papers.issue(Role.VIEWER, "scraper")));
    assertThat(get(viewer, port, "/ready").statusCode()).isEqualTo(200);
    HttpClient nobody = client(papers, Optional.empty());
    assertThatThrownBy(() -> get(nobody, port, "/ready")).isInstanceOf(IOException.class);
    Papers foreign = new Papers(dir.resolve("foreign"), "test");
    Pair stranger = foreign.issue(Role.VIEWER, "scraper");
    HttpClient other = client(papers, Optional.of(stranger));
    assertThatThrownBy(() -> get(other, port, "/ready")).isInstanceOf(IOException.class);
  }

  @Test
  void an_agents_certificate_does_not_make_a_controller() throws Exception {
    Papers papers = new Papers(dir.resolve("pki"), "test");
    int port = serve(papers, MetricsTls.ON);
    SSLContext context = SSLContext.getInstance("TLS");
    LiveCredentials agent = credentials(papers, papers.issue(Role.AGENT, "a2"));
    context.init(null, new javax.net.ssl.TrustManager[] {agent.trust()}, null);
    HttpClient client = HttpClient.newBuilder().sslContext(context).build();
    open.add(client);
    assertThatThrownBy(() -> get(client, port, "/ready"))
        .hasStackTraceContaining("not that of a controller");
  }
}
