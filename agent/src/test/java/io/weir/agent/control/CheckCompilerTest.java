package io.weir.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.agent.model.HealthCheck;
import io.weir.agent.model.HealthCheck.Probe;
import io.weir.agent.model.HealthCheck.Statuses;
import io.weir.agent.model.HealthCheck.Tls;
import io.weir.agent.model.Refusal;
import io.weir.v1.ExecProbe;
import io.weir.v1.GrpcProbe;
import io.weir.v1.HttpProbe;
import io.weir.v1.IcmpProbe;
import io.weir.v1.TcpProbe;
import io.weir.v1.TlsProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CheckCompilerTest {
  private final List<Refusal> refused = new ArrayList<>();

  private HealthCheck compiled(io.weir.v1.HealthCheck.Builder check, ProbeAbility ability) {
    return new CheckCompiler(new Refusals("Pool", "p", refused), ability).compile(check.build());
  }

  private HealthCheck compiled(io.weir.v1.HealthCheck.Builder check) {
    return compiled(check, ProbeAbility.ALL);
  }

  private static io.weir.v1.HealthCheck.Builder check() {
    return io.weir.v1.HealthCheck.newBuilder();
  }

  @Test
  void everythingOfAnHttpProbeIsTaken() {
    HealthCheck compiled =
        compiled(
            check()
                .setHttp(
                    HttpProbe.newBuilder()
                        .setPath("/up")
                        .setMethod("GET")
                        .addStatuses("204")
                        .addStatuses("300-302")
                        .setBody("fine")
                        .putHeaders("X-Probe", "1")
                        .setTls(
                            TlsProbe.newBuilder().setServerName("a.example").setSkipVerify(true)))
                .setDownInterval(com.google.protobuf.Duration.newBuilder().setSeconds(9))
                .setJitter(10));
    assertThat(refused).isEmpty();
    assertThat(compiled.probe())
        .isEqualTo(
            new Probe.Http(
                "/up",
                "",
                false,
                List.of(new Statuses(204, 204), new Statuses(300, 302)),
                "fine",
                Map.of("X-Probe", "1"),
                Optional.of(new Tls("a.example", false))));
    assertThat(compiled.downInterval()).isEqualTo(Duration.ofSeconds(9));
    assertThat(compiled.jitter()).isEqualTo(10);
  }

  @Test
  void whatIsNotSaidIsAsUsual() {
    HealthCheck compiled = compiled(check().setHttp(HttpProbe.getDefaultInstance()));
    assertThat(compiled.probe()).isEqualTo(new Probe.Http("/", ""));
    assertThat(compiled.downInterval()).isEqualTo(compiled.interval());
    assertThat(compiled(check().setGrpc(GrpcProbe.newBuilder().setService("s"))).probe())
        .isEqualTo(new Probe.Grpc("s"));
  }

  @Test
  void textAndHexAreTheSameBytes() {
    Probe text = compiled(check().setTcp(TcpProbe.newBuilder().setSend("Az"))).probe();
    Probe hex = compiled(check().setTcp(TcpProbe.newBuilder().setSendHex("417A"))).probe();
    assertThat(text).isEqualTo(hex).isEqualTo(new Probe.Tcp("417a", ""));
  }

  @Test
  void whatThisProcessCannotDoIsRefusedWithTheReason() {
    ProbeAbility none = new ProbeAbility(false, Optional.of("no such sockets"));
    compiled(check().setIcmp(IcmpProbe.getDefaultInstance()), none);
    compiled(check().setExec(ExecProbe.newBuilder().setCommand("/bin/true")), none);
    assertThat(refused)
        .containsExactly(
            new Refusal(
                "Pool", "p", "health.icmp", "cannot be done by this agent: no such sockets"),
            new Refusal(
                "Pool",
                "p",
                "health.exec",
                "is not allowed by this agent; start it with --allow-exec-probes"));
  }

  @Test
  void whatCannotBeIsRefusedByField() {
    compiled(
        check()
            .setHttp(
                HttpProbe.newBuilder()
                    .setMethod("POST")
                    .addStatuses("600")
                    .putHeaders("Content-Length", "5"))
            .setJitter(51));
    compiled(check().setTcp(TcpProbe.newBuilder().setExpectHex("abc")));
    assertThat(refused)
        .extracting(Refusal::field)
        .containsExactlyInAnyOrder(
            "health.http.method",
            "health.http.headers",
            "health.http.statuses[0]",
            "health.jitter",
            "health.tcp.expect_hex");
  }
}
