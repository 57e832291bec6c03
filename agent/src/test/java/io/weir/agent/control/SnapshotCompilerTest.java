package io.weir.agent.control;

import static io.weir.agent.control.Resources.listener;
import static io.weir.agent.control.Resources.named;
import static io.weir.agent.control.Resources.pool;
import static io.weir.agent.control.Resources.route;
import static io.weir.agent.control.Resources.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.weir.agent.control.Compilation.Compiled;
import io.weir.agent.control.Compilation.Refused;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.HealthCheck;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.RouteRule;
import io.weir.agent.model.Service;
import io.weir.agent.model.Snapshot;
import io.weir.v1.Balance;
import io.weir.v1.HttpProbe;
import io.weir.v1.ListenerSpec;
import io.weir.v1.PoolSpec;
import io.weir.v1.Resource;
import io.weir.v1.Retries;
import io.weir.v1.TcpProbe;
import io.weir.v1.Timeouts;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SnapshotCompilerTest {
  private static final String ADDRESS = "10.0.0.1:80";

  private final SnapshotCompiler compiler = new SnapshotCompiler("1.2.3");

  private Snapshot compiled(Resource... resources) {
    return switch (compiler.compile(snapshot("e", 2, 7, resources))) {
      case Compiled compiled -> compiled.snapshot();
      case Refused refused -> throw new AssertionError(refused.refusals());
    };
  }

  private List<Refusal> refused(Resource... resources) {
    return switch (compiler.compile(snapshot("e", 2, 7, resources))) {
      case Compiled compiled -> throw new AssertionError("compiled: " + compiled);
      case Refused refused -> refused.refusals();
    };
  }

  private static PoolSpec.Builder onePool() {
    return PoolSpec.newBuilder().addEndpoints(io.weir.v1.Endpoint.newBuilder().setAddress(ADDRESS));
  }

  private static io.weir.v1.HealthCheck.Builder tcp() {
    return io.weir.v1.HealthCheck.newBuilder().setTcp(TcpProbe.getDefaultInstance());
  }

  private Optional<HealthCheck> health(io.weir.v1.HealthCheck.Builder check) {
    return only(compiled(pool("p", onePool().setHealth(check).build()))).health();
  }

  private static Pool only(Snapshot snapshot) {
    assertThat(snapshot.pools()).hasSize(1);
    return snapshot.pools().values().iterator().next();
  }

  private static Duration millis(long millis) {
    return Duration.newBuilder()
        .setSeconds(millis / 1_000)
        .setNanos((int) (millis % 1_000) * 1_000_000)
        .build();
  }

  private static java.time.Duration ms(long millis) {
    return java.time.Duration.ofMillis(millis);
  }

  private static UnknownFieldSet field(int number) {
    return UnknownFieldSet.newBuilder()
        .addField(
            number, UnknownFieldSet.Field.newBuilder().addLengthDelimited(ByteString.EMPTY).build())
        .build();
  }

  @Nested
  class WhatIsNotSaid {
    @Test
    void hasTheDefaultsOfTheWireFormat() {
      assertThat(compiled(pool("p", ADDRESS)).pools().get("p"))
          .isEqualTo(
              new Pool(
                  "p",
                  List.of(new Endpoint(ADDRESS, "10.0.0.1", 80, 1, 0, false)),
                  new Pool.Balance.LeastLatency(),
                  Optional.empty(),
                  new Pool.Timeouts(ms(2_000), ms(60_000), ms(60_000)),
                  2));
      assertThat(health(tcp()))
          .contains(new HealthCheck(new HealthCheck.Probe.Tcp(), ms(2_000), ms(1_000), 2, 3));
    }

    @Test
    void aProbeTimesOutWithItsIntervalWhereThatIsShort() {
      assertThat(health(tcp().setInterval(millis(300))).orElseThrow().timeout()).isEqualTo(ms(300));
    }

    @Test
    void aProbeAsksForTheRootAndTheEndpointsOwnAddress() {
      assertThat(
              health(io.weir.v1.HealthCheck.newBuilder().setHttp(HttpProbe.getDefaultInstance()))
                  .orElseThrow()
                  .probe())
          .isEqualTo(new HealthCheck.Probe.Http("/", ""));
    }

    @Test
    void aBalanceWithoutPolicyIsLeastLatency() {
      PoolSpec spec = onePool().setBalance(Balance.getDefaultInstance()).build();
      assertThat(only(compiled(pool("p", spec))).balance())
          .isEqualTo(new Pool.Balance.LeastLatency());
    }
  }

  @Nested
  class WhatIsSaid {
    @Test
    void isTaken() {
      PoolSpec spec =
          PoolSpec.newBuilder()
              .addEndpoints(
                  io.weir.v1.Endpoint.newBuilder()
                      .setAddress("[2001:db8::1]:443")
                      .setWeight(0)
                      .setPriority(3)
                      .setDrain(true))
              .setTimeouts(
                  Timeouts.newBuilder()
                      .setConnect(millis(1))
                      .setResponse(millis(2))
                      .setIdle(millis(3))
                      .setRequest(millis(4)))
              .setRetries(Retries.newBuilder().setAttempts(0))
              .setHealth(
                  io.weir.v1.HealthCheck.newBuilder()
                      .setHttp(HttpProbe.newBuilder().setPath("/up?x=1").setHost("shop"))
                      .setInterval(millis(100))
                      .setTimeout(millis(10))
                      .setRise(1)
                      .setFall(100))
              .build();
      assertThat(compiled(pool("p", spec)).pools().get("p"))
          .isEqualTo(
              new Pool(
                  "p",
                  List.of(new Endpoint("[2001:db8::1]:443", "2001:db8::1", 443, 0, 3, true)),
                  new Pool.Balance.LeastLatency(),
                  Optional.of(
                      new HealthCheck(
                          new HealthCheck.Probe.Http("/up?x=1", "shop"), ms(100), ms(10), 1, 100)),
                  new Pool.Timeouts(ms(1), ms(2), ms(3), Optional.of(ms(4))),
                  0));
    }

    @Test
    void andIdentifiesTheSnapshot() {
      Snapshot snapshot = compiled();
      assertThat(snapshot).isEqualTo(new Snapshot("e", 2, 7, List.of(), java.util.Map.of()));
    }
  }

  @Nested
  class Routes {
    private final io.weir.v1.RouteRule api =
        io.weir.v1.RouteRule.newBuilder()
            .addHosts("API.example.com")
            .addHosts("*.Example.org")
            .setPathPrefix("/v1")
            .setPool("p")
            .build();

    @Test
    void joinTheListenersThatTheyName() {
      Snapshot snapshot =
          compiled(
              route("api", api, "web", "elsewhere"),
              listener("web", "0.0.0.0:80", "p"),
              listener("other", "[::]:81", "p"),
              pool("p", ADDRESS));
      RouteRule all = new RouteRule(List.of(), "/", "p");
      assertThat(snapshot.listeners())
          .containsExactly(
              new Listener("other", "::", 81, new Service.Http(List.of(all), 0)),
              new Listener(
                  "web",
                  "0.0.0.0",
                  80,
                  new Service.Http(
                      List.of(
                          all,
                          new RouteRule(List.of("api.example.com", "*.example.org"), "/v1", "p")),
                      0)));
    }

    @Test
    void ofListenersElsewhereNeedNoPoolHere() {
      assertThat(compiled(route("api", api, "elsewhere")).listeners()).isEmpty();
    }

    @Test
    void mayNotRepeatARule() {
      assertThat(
              refused(
                  pool("p", ADDRESS),
                  listener("web", "0.0.0.0:80", "p"),
                  route("again", io.weir.v1.RouteRule.newBuilder().setPool("p").build(), "web")))
          .containsExactly(
              new Refusal(
                  "Route",
                  "again",
                  "rule.path_prefix",
                  "listener web has another rule for any host and /"));
    }
  }

  @Nested
  class WhatCannotBeRun {
    @Test
    void isRefusedAllAtOnce() {
      List<Refusal> refusals =
          refused(
              pool("bad", "nowhere", "a:1", "a:1"),
              listener("web", "8080", "missing"),
              listener("one", "0.0.0.0:80", "bad"),
              listener("two", "0.0.0.0:80", "bad"),
              route(
                  "r",
                  io.weir.v1.RouteRule.newBuilder()
                      .setPool("gone")
                      .setPathPrefix("x")
                      .addHosts("a*b")
                      .build(),
                  "one"));
      assertThat(refusals)
          .extracting(r -> r.kind() + " " + r.name() + " " + r.field())
          .containsExactlyInAnyOrder(
              "Pool bad endpoints[0].address",
              "Pool bad endpoints[2].address",
              "Listener web bind",
              "Listener web routes[0].pool",
              "Listener two bind",
              "Route r rule.pool",
              "Route r rule.path_prefix",
              "Route r rule.hosts[0]");
      assertThat(refusals)
          .contains(
              new Refusal("Listener", "web", "routes[0].pool", "there is no pool \"missing\""));
    }

    @Test
    void includesEveryValueOutOfRange() {
      PoolSpec spec =
          onePool()
              .setEndpoints(
                  0,
                  io.weir.v1.Endpoint.newBuilder()
                      .setAddress(ADDRESS)
                      .setWeight(65_536)
                      .setPriority(-1))
              .setRetries(Retries.newBuilder().setAttempts(11))
              .setTimeouts(
                  Timeouts.newBuilder()
                      .setConnect(millis(0))
                      .setResponse(Duration.newBuilder().setSeconds(Long.MAX_VALUE))
                      .setIdle(Duration.newBuilder().setSeconds(-5))
                      .setRequest(millis(24 * 3_600_000 + 1)))
              .setHealth(
                  tcp().setInterval(millis(99)).setTimeout(millis(9)).setRise(101).setFall(-1))
              .build();
      assertThat(refused(pool("p", spec)))
          .extracting(Refusal::field)
          .containsExactlyInAnyOrder(
              "endpoints[0].weight",
              "endpoints[0].priority",
              "retries.attempts",
              "timeouts.connect",
              "timeouts.response",
              "timeouts.idle",
              "timeouts.request",
              "health.interval",
              "health.timeout",
              "health.rise",
              "health.fall");
    }

    @Test
    void includesAProbeThatOutlastsItsInterval() {
      assertThat(
              refused(
                  pool(
                      "p",
                      onePool()
                          .setHealth(tcp().setInterval(millis(500)).setTimeout(millis(1_500)))
                          .build())))
          .containsExactly(
              new Refusal(
                  "Pool",
                  "p",
                  "health.timeout",
                  "is 1s500ms; it must not be above the interval, which is 500ms"));
    }

    @Test
    void includesACheckWithoutProbeAndARequestThatCannotBeSent() {
      assertThat(
              refused(
                  pool("none", onePool().setHealth(io.weir.v1.HealthCheck.newBuilder()).build()),
                  pool(
                      "split",
                      onePool()
                          .setHealth(
                              io.weir.v1.HealthCheck.newBuilder()
                                  .setHttp(
                                      HttpProbe.newBuilder()
                                          .setPath("/ HTTP/1.1\r\nX: y")
                                          .setHost("a\r\nb")))
                          .build())))
          .extracting(Refusal::field)
          .containsExactly("health", "health.http.path", "health.http.host");
    }
  }

  @Nested
  class WhatOnlyANewerAgentKnows {
    private static final String UNKNOWN = "this agent (version 1.2.3) does not know ";

    @Test
    void isNeverLeftOutSilently() throws InvalidProtocolBufferException {
      Resource kind = named("limits").setUnknownFields(field(77)).build();
      Resource balance =
          pool("b", onePool().setBalance(Balance.newBuilder().setUnknownFields(field(9))).build());
      Resource probe =
          pool(
              "h",
              onePool()
                  .setHealth(io.weir.v1.HealthCheck.newBuilder().setUnknownFields(field(9)))
                  .build());
      Resource endpoint =
          pool(
              "e",
              onePool()
                  .setEndpoints(
                      0,
                      io.weir.v1.Endpoint.newBuilder()
                          .setAddress(ADDRESS)
                          .setUnknownFields(field(8)))
                  .build());
      Resource protocol =
          listener(
              "l", ListenerSpec.newBuilder().setBind("0.0.0.0:1").setProtocolValue(99).build());
      List<Refusal> refusals =
          refused(
              // Over the wire, as it would come.
              Resource.parseFrom(kind.toByteString()),
              Resource.parseFrom(balance.toByteString()),
              Resource.parseFrom(probe.toByteString()),
              Resource.parseFrom(endpoint.toByteString()),
              Resource.parseFrom(protocol.toByteString()));
      assertThat(refusals)
          .extracting(r -> r.kind() + " " + r.name() + " " + r.field())
          .containsExactlyInAnyOrder(
              " limits kind",
              "Pool b balance",
              "Pool h health",
              "Pool e endpoints[0]",
              "Listener l protocol");
      assertThat(refusals).allSatisfy(r -> assertThat(r.reason()).startsWith(UNKNOWN));
    }

    @Test
    void isOfNoConcernInMetadata() {
      Resource annotated =
          pool("p", ADDRESS).toBuilder()
              .setMetadata(
                  io.weir.v1.Metadata.newBuilder().setName("p").setUnknownFields(field(30)))
              .build();
      assertThat(compiled(annotated).pools()).containsKey("p");
    }
  }
}
