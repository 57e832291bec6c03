package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.weir.cli.pki.Authority;
import io.weir.cli.pki.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which servers are taken for a controller. */
final class ServersTest {
  private static final List<String> HERE = List.of("127.0.0.1");

  @TempDir private Path dir = Path.of("");
  private final Instant now = Instant.now();
  private final Authority authority = authority();

  private Authority authority() {
    return Authority.create("prod", now, Duration.ofDays(1));
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text);
  }

  /** What {@code weir ctl get pools} says of a server that shows {@code shown}. */
  private Ctl.Outcome asked(Authority.Issued shown) throws IOException {
    Path ca = file("ca.pem", authority.trust());
    Authority.Issued ann =
        authority.issue(Role.ADMIN, "ann", List.of(), now, now.plusSeconds(3_600));
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .sslContext(
                GrpcSslContexts.configure(
                        SslContextBuilder.forServer(
                            file("server.pem", shown.certificate()).toFile(),
                            file("server.key", shown.key()).toFile()),
                        SslProvider.JDK)
                    .trustManager(ca.toFile())
                    .clientAuth(ClientAuth.REQUIRE)
                    .build())
            .addService(new FakeAdmin(Ctl.NOW))
            .build()
            .start();
    try {
      return Ctl.plain(
          "",
          "get",
          "pools",
          "--controller",
          "127.0.0.1:" + server.getPort(),
          "--tls-cert",
          file("ann.pem", ann.certificate()).toString(),
          "--tls-key",
          file("ann.key", ann.key()).toString(),
          "--tls-ca",
          ca.toString());
    } finally {
      server.shutdownNow();
    }
  }

  private Authority.Issued issued(Authority by, Role role, String name, List<String> hosts) {
    return by.issue(role, name, hosts, now, now.plusSeconds(3_600));
  }

  @Test
  void a_controller_is() throws Exception {
    assertThat(asked(issued(authority, Role.CONTROLLER, "c1", HERE)).status()).isZero();
  }

  @Test
  void an_agent_with_a_certificate_for_the_same_host_is_not() throws Exception {
    Ctl.Outcome refused = asked(issued(authority, Role.AGENT, "edge-1", HERE));
    assertThat(refused.status()).isOne();
    assertThat(refused.err())
        .contains("its certificate is that of agent/edge-1, not of a controller;");
  }

  @Test
  void neither_is_one_of_another_host_or_authority() throws Exception {
    assertThat(asked(issued(authority, Role.CONTROLLER, "c1", List.of("127.0.0.2"))).err())
        .contains("its certificate is not for this address");
    assertThat(asked(issued(authority(), Role.CONTROLLER, "c1", HERE)).err())
        .contains("not signed by an authority of --tls-ca");
  }
}
