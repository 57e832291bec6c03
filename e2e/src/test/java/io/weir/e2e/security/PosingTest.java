package io.weir.e2e.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.weir.cli.pki.Role;
import io.weir.controller.security.LiveCredentials;
import io.weir.controller.security.TlsFiles;
import io.weir.e2e.security.Papers.Pair;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whom a controller takes for the one that leads. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class PosingTest {
  private static final String CLUSTER = "prod";

  @TempDir private Path dir = Path.of("");

  /** What a controller gets from a server at the leader's address that shows {@code shown}. */
  private static HealthCheckResponse asked(Papers papers, Pair shown) throws Exception {
    Pair own = papers.issue(Role.CONTROLLER, "c1");
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sslContext(
                GrpcSslContexts.configure(
                        SslContextBuilder.forServer(
                            shown.certificate().toFile(), shown.key().toFile()),
                        SslProvider.JDK)
                    .build())
            .addService(new HealthStatusManager().getHealthService())
            .build()
            .start();
    try (LiveCredentials credentials =
        LiveCredentials.open(new TlsFiles(own.certificate(), own.key(), papers.trust()), CLUSTER)) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
              .sslContext(credentials.client())
              .build();
      try {
        return HealthGrpc.newBlockingStub(channel)
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .check(HealthCheckRequest.getDefaultInstance());
      } finally {
        channel.shutdownNow();
      }
    } finally {
      server.shutdownNow();
    }
  }

  @Test
  void a_controller_of_the_cluster_and_nobody_else() throws Exception {
    Papers papers = new Papers(dir.resolve("pki"), CLUSTER);
    assertThat(asked(papers, papers.issue(Role.CONTROLLER, "c2")).getStatus())
        .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
    assertThatThrownBy(() -> asked(papers, papers.issue(Role.AGENT, "edge-1")))
        .hasStackTraceContaining("no controller: the certificate is of agent/edge-1");
    assertThatThrownBy(() -> asked(papers, papers.elsewhere("other", Role.CONTROLLER, "c2")))
        .hasStackTraceContaining("no controller: the certificate is of cluster \"other\"");
  }
}
