package io.weir.agent.control;

import static io.weir.agent.control.Resources.listener;
import static io.weir.agent.control.Resources.pool;
import static io.weir.agent.control.Resources.route;
import static io.weir.agent.control.Resources.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.weir.agent.control.Compilation.Compiled;
import io.weir.agent.control.Compilation.Refused;
import io.weir.agent.model.Limits;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.RouteRule;
import io.weir.agent.model.Service;
import io.weir.v1.ClientTimeouts;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Protocol;
import io.weir.v1.Resource;
import io.weir.v1.Size;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServiceCompilerTest {
  private static final RouteRule ALL = new RouteRule(List.of(), "/", "p");

  private static Compilation compile(Resource... resources) {
    List<Resource> all = new ArrayList<>(List.of(resources));
    all.add(pool("p", "10.0.0.1:80"));
    return new SnapshotCompiler("1.2.3").compile(snapshot("e", 1, 1, all.toArray(Resource[]::new)));
  }

  private static Service service(ListenerSpec.Builder spec) {
    return switch (compile(listener("l", spec.build()))) {
      case Compiled compiled -> compiled.snapshot().listeners().getFirst().service();
      case Refused refused -> throw new AssertionError(refused.refusals());
    };
  }

  private static List<Refusal> refused(Resource... resources) {
    return switch (compile(resources)) {
      case Compiled compiled -> throw new AssertionError("compiled: " + compiled);
      case Refused refused -> refused.refusals();
    };
  }

  private static ListenerSpec.Builder http() {
    return ListenerSpec.newBuilder()
        .setBind("0.0.0.0:80")
        .addRoutes(io.weir.v1.RouteRule.newBuilder().setPool("p"));
  }

  private static ListenerSpec.Builder to(Protocol protocol, String pool) {
    return ListenerSpec.newBuilder().setBind("0.0.0.0:80").setProtocol(protocol).setPool(pool);
  }

  private static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  private static Size bytes(long bytes) {
    return Size.newBuilder().setBytes(bytes).build();
  }

  @Test
  void defaultsAreThoseOfTheWireFormat() {
    assertThat(service(http()))
        .isEqualTo(
            new Service.Http(
                List.of(ALL),
                0,
                new Limits(32 << 10, 8 << 10, 128, Limits.NONE),
                java.time.Duration.ofSeconds(10),
                java.time.Duration.ofSeconds(75)));
    assertThat(service(to(Protocol.PROTOCOL_TCP, "p")))
        .isEqualTo(new Service.Tcp("p", java.time.Duration.ofMinutes(10)));
    assertThat(service(to(Protocol.PROTOCOL_UDP, "p")))
        .isEqualTo(new Service.Udp("p", java.time.Duration.ofMinutes(1)));
  }

  @Test
  void whatIsDeclaredIsTaken() {
    ClientTimeouts.Builder idle = ClientTimeouts.newBuilder().setIdle(seconds(3));
    assertThat(
            service(
                http()
                    .setTrustedHops(2)
                    .setLimits(
                        io.weir.v1.Limits.newBuilder()
                            .setHead(bytes(1 << 10))
                            .setTarget(bytes(256))
                            .setFields(1)
                            .setBody(bytes(1)))
                    .setTimeouts(
                        ClientTimeouts.newBuilder().setHead(seconds(300)).setIdle(seconds(4)))))
        .isEqualTo(
            new Service.Http(
                List.of(ALL),
                2,
                new Limits(1 << 10, 256, 1, 1),
                java.time.Duration.ofMinutes(5),
                java.time.Duration.ofSeconds(4)));
    assertThat(service(to(Protocol.PROTOCOL_TCP, "p").setTimeouts(idle)).idleTimeout())
        .isEqualTo(java.time.Duration.ofSeconds(3));
    assertThat(service(to(Protocol.PROTOCOL_UDP, "p").setTimeouts(idle)).idleTimeout())
        .isEqualTo(java.time.Duration.ofSeconds(3));
  }

  @Test
  void theTargetMayBeAsLongAsTheHeadWhereThatIsShort() {
    Service service =
        service(http().setLimits(io.weir.v1.Limits.newBuilder().setHead(bytes(4 << 10))));
    assertThat(service)
        .isInstanceOfSatisfying(
            Service.Http.class,
            it ->
                assertThat(it.limits()).isEqualTo(new Limits(4 << 10, 4 << 10, 128, Limits.NONE)));
  }

  @Test
  void whatIsOutOfRangeIsRefused() {
    ListenerSpec.Builder wrong =
        http()
            .setTrustedHops(17)
            .setLimits(
                io.weir.v1.Limits.newBuilder()
                    .setHead(bytes(65 << 10))
                    .setTarget(bytes(255))
                    .setFields(1_001)
                    .setBody(bytes(0)))
            .setTimeouts(ClientTimeouts.newBuilder().setHead(seconds(301)).setIdle(seconds(-1)));
    assertThat(refused(listener("l", wrong.build())))
        .extracting(r -> r.field() + " " + r.reason())
        .containsExactlyInAnyOrder(
            "trusted_hops is 17; it must be from 0 to 16",
            "limits.head is 65KiB; it must be from 1KiB to 64KiB",
            "limits.target is 255B; it must be from 256B to 32KiB",
            "limits.fields is 1001; it must be from 1 to 1000",
            "limits.body is 0B; it must be at least 1B",
            "timeouts.head is 5m1s; it must be from 100ms to 5m",
            "timeouts.idle is -1s; it must be from 1ms to 24h");
    ListenerSpec.Builder above =
        http()
            .setLimits(
                io.weir.v1.Limits.newBuilder().setHead(bytes(1 << 10)).setTarget(bytes(2 << 10)));
    assertThat(refused(listener("l", above.build())))
        .extracting(Refusal::reason)
        .containsExactly("is 2KiB; it must not be above head, which is 1KiB");
  }

  @Test
  void aProtocolTakesNothingOfAnother() {
    assertThat(refused(listener("l", http().setPool("p").build())))
        .extracting(Refusal::field)
        .containsExactly("pool");
    ListenerSpec.Builder tcp =
        to(Protocol.PROTOCOL_TCP, "")
            .addRoutes(io.weir.v1.RouteRule.newBuilder().setPool("p"))
            .setTrustedHops(1)
            .setLimits(io.weir.v1.Limits.getDefaultInstance())
            .setTimeouts(ClientTimeouts.newBuilder().setHead(seconds(1)));
    assertThat(refused(listener("l", tcp.build())))
        .extracting(Refusal::field)
        .containsExactly("pool", "routes", "trusted_hops", "limits", "timeouts.head");
    assertThat(refused(listener("l", to(Protocol.PROTOCOL_UDP, "gone").build())))
        .containsExactly(new Refusal("Listener", "l", "pool", "there is no pool \"gone\""));
  }

  @Test
  void onlyHttpListenersHaveRoutes() {
    assertThat(
            refused(
                listener("web", http().setBind("0.0.0.0:1").build()),
                listener("l", to(Protocol.PROTOCOL_TCP, "p").build()),
                route(
                    "r",
                    io.weir.v1.RouteRule.newBuilder().setPathPrefix("/a").setPool("p").build(),
                    "web",
                    "l")))
        .containsExactly(
            new Refusal(
                "Route", "r", "listeners[1]", "is not an http listener; only these have routes"));
  }

  @Test
  void tcpAndUdpMayShareAPortButTcpAndHttpMayNot() {
    assertThat(
            compile(
                listener("udp", to(Protocol.PROTOCOL_UDP, "p").build()),
                listener("tcp", to(Protocol.PROTOCOL_TCP, "p").build())))
        .isInstanceOfSatisfying(
            Compiled.class,
            compiled ->
                assertThat(compiled.snapshot().listeners())
                    .extracting(Listener::name)
                    .containsExactly("tcp", "udp"));
    assertThat(
            refused(
                listener("web", http().build()),
                listener("tcp", to(Protocol.PROTOCOL_TCP, "p").build())))
        .containsExactly(new Refusal("Listener", "tcp", "bind", "0.0.0.0:80 is listener web's"));
  }
}
