package io.weir.controller.model;

import static io.weir.controller.Samples.labelled;
import static io.weir.controller.Samples.listener;
import static io.weir.controller.Samples.listenerSpec;
import static io.weir.controller.Samples.pool;
import static io.weir.controller.Samples.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.Duration;
import io.weir.v1.Endpoint;
import io.weir.v1.ExecProbe;
import io.weir.v1.HeaderEdits;
import io.weir.v1.HealthCheck;
import io.weir.v1.HttpProbe;
import io.weir.v1.Limits;
import io.weir.v1.ListenerSpec;
import io.weir.v1.Metadata;
import io.weir.v1.PoolSpec;
import io.weir.v1.Protocol;
import io.weir.v1.Resource;
import io.weir.v1.Retries;
import io.weir.v1.Route;
import io.weir.v1.RouteRule;
import io.weir.v1.RouteSpec;
import io.weir.v1.Size;
import io.weir.v1.TcpProbe;
import io.weir.v1.Timeouts;
import io.weir.v1.Violation;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ValidatorTest {
  private static final Resource BACKEND = pool("backend", "10.0.0.1:80");

  private static Config config(Resource... resources) {
    NavigableMap<ResourceKey, Resource> all = new TreeMap<>();
    for (Resource resource : resources) {
      all.put(ResourceKey.of(resource).orElseThrow(), resource);
    }
    return new Config(7, all);
  }

  /** {@code written} on top of {@code there}. */
  private static List<String> findings(List<Resource> there, Resource... written) {
    Config result =
        config(Stream.concat(there.stream(), Arrays.stream(written)).toArray(Resource[]::new));
    return Validator.check(List.of(written), result).stream().map(ValidatorTest::text).toList();
  }

  private static String text(Violation violation) {
    return "%s %s|%s|%s"
        .formatted(
            violation.getResource().getKind(),
            violation.getResource().getName(),
            violation.getField(),
            violation.getReason());
  }

  private static Arguments row(String field, String reason, Consumer<PoolSpec.Builder> change) {
    PoolSpec.Builder spec =
        PoolSpec.newBuilder().addEndpoints(Endpoint.newBuilder().setAddress("10.0.0.1:80"));
    change.accept(spec);
    return arguments(field, reason, pool("p", spec));
  }

  private static Duration millis(long millis) {
    return Duration.newBuilder()
        .setSeconds(millis / 1_000)
        .setNanos((int) (millis % 1_000) * 1_000_000)
        .build();
  }

  private static HealthCheck.Builder tcp() {
    return HealthCheck.newBuilder().setTcp(TcpProbe.getDefaultInstance());
  }

  private static HealthCheck.Builder tcp(Consumer<TcpProbe.Builder> probe) {
    TcpProbe.Builder tcp = TcpProbe.newBuilder();
    probe.accept(tcp);
    return HealthCheck.newBuilder().setTcp(tcp);
  }

  private static HealthCheck.Builder http(Consumer<HttpProbe.Builder> probe) {
    HttpProbe.Builder http = HttpProbe.newBuilder();
    probe.accept(http);
    return HealthCheck.newBuilder().setHttp(http);
  }

  static Stream<Arguments> pools() {
    return Stream.of(
        row(
            "endpoints",
            "is empty; a pool needs at least 1 endpoint, discovery or a Scaler",
            s -> s.clearEndpoints()),
        row(
            "endpoints",
            "has 4097; at most 4096",
            s -> {
              s.clearEndpoints();
              for (int i = 0; i < 4_097; i++) {
                s.addEndpointsBuilder().setAddress("h:" + (i + 1));
              }
            }),
        row(
            "endpoints[0].address",
            "is missing; write host:port",
            s -> s.getEndpointsBuilder(0).clearAddress()),
        row(
            "endpoints[0].address",
            "\"10.0.0.300:80\" is no address; write host:port, 1.2.3.4:port or [2001:db8::1]:port,"
                + " the port 1 to 65535",
            s -> s.getEndpointsBuilder(0).setAddress("10.0.0.300:80")),
        row(
            "endpoints[1].address",
            "Origin:80 is also endpoints[0]; each address once, use weight for a bigger share",
            s -> {
              s.getEndpointsBuilder(0).setAddress("origin:80");
              s.addEndpointsBuilder().setAddress("Origin:80");
            }),
        row(
            "endpoints[1].address",
            "[0:0::1]:80 is also endpoints[0]; each address once, use weight for a bigger share",
            s -> {
              s.getEndpointsBuilder(0).setAddress("[::1]:80");
              s.addEndpointsBuilder().setAddress("[0:0::1]:80");
            }),
        row(
            "endpoints[0].weight",
            "must be 0 to 65535, is -1",
            s -> s.getEndpointsBuilder(0).setWeight(-1)),
        row(
            "endpoints[0].weight",
            "must be 0 to 65535, is 65536",
            s -> s.getEndpointsBuilder(0).setWeight(65_536)),
        row(
            "endpoints[0].priority",
            "must be 0 to 127, is 128",
            s -> s.getEndpointsBuilder(0).setPriority(128)),
        row(
            "endpoints[0].zone",
            "\"a b\" must be 1 to 63 characters of letters, digits, '-', '_', '.', '/'",
            s -> s.getEndpointsBuilder(0).setZone("a b")),
        row(
            "balance.hash",
            "names no key; add client_ip, path, url, header or cookie",
            s -> s.getBalanceBuilder().getHashBuilder()),
        row(
            "balance.hash.header",
            "\"a b\" must be a name: 1 to 64 letters, digits or !#$%&'*+-.^_`|~",
            s -> s.getBalanceBuilder().getHashBuilder().setHeader("a b")),
        row(
            "balance.hash.maglev.size",
            "must be a prime such as 65537, is 65536",
            s ->
                s.getBalanceBuilder()
                    .getHashBuilder()
                    .setCookie("c")
                    .getMaglevBuilder()
                    .setSize(65_536)),
        row(
            "balance.hash.maglev.size",
            "must be 251 to 4000037, is 13",
            s ->
                s.getBalanceBuilder()
                    .getHashBuilder()
                    .setCookie("c")
                    .getMaglevBuilder()
                    .setSize(13)),
        row(
            "balance.hash.bound",
            "must be 101 to 1000, is 100",
            s -> s.getBalanceBuilder().getHashBuilder().setCookie("c").setBound(100)),
        row(
            "subset",
            "is not for hash, as agents would not agree on a key's endpoint",
            s -> s.setSubset(5).getBalanceBuilder().getHashBuilder().setCookie("c")),
        row("subset", "must be 1 to 4096, is 4097", s -> s.setSubset(4_097)),
        row(
            "sticky.cookie",
            "\"\" must be a name: 1 to 64 letters, digits or !#$%&'*+-.^_`|~",
            s -> s.getStickyBuilder()),
        row(
            "priorities.overprovisioning",
            "must be 100 to 1000, is 99",
            s -> s.getPrioritiesBuilder().setOverprovisioning(99)),
        row(
            "priorities.panic",
            "must be 0 to 100, is 101",
            s -> s.getPrioritiesBuilder().setPanic(101)),
        row(
            "priorities.failback",
            "says nothing; write manual, or after: 30s",
            s -> s.getPrioritiesBuilder().getFailbackBuilder()),
        row(
            "priorities.failback.after",
            "must be 1s to 24h, is 500ms",
            s -> s.getPrioritiesBuilder().getFailbackBuilder().setAfter(millis(500))),
        row(
            "priorities.force",
            "must be 0 to 127, is 128",
            s -> s.getPrioritiesBuilder().setForce(128)),
        row(
            "slow_start.window",
            "is missing; write how long the weight grows, such as 30s",
            s -> s.getSlowStartBuilder()),
        row(
            "slow_start.aggression",
            "must be 0.1 to 10, is 11.0",
            s -> s.getSlowStartBuilder().setAggression(11).setWindow(millis(500))),
        row(
            "circuit.requests",
            "must be 1 to 1000000, is -1",
            s -> s.getCircuitBuilder().setRequests(-1)),
        row(
            "circuit.retries.percent",
            "must be 0 to 100, is 101",
            s -> s.getCircuitBuilder().getRetriesBuilder().setPercent(101)),
        row(
            "outliers.gateway_errors",
            "must be 0 to 1000, is 1001",
            s -> s.getOutliersBuilder().setGatewayErrors(1_001)),
        row(
            "outliers.max_percent",
            "must be 0 to 100, is 101",
            s -> s.getOutliersBuilder().setMaxPercent(101)),
        row(
            "outliers.max_time",
            "must not be below time (30s, the default), is 10s",
            s -> s.getOutliersBuilder().setMaxTime(millis(10_000))),
        row(
            "outliers.error_rate.deviations",
            "must be 0.1 to 100, is 0.0",
            s -> s.getOutliersBuilder().getErrorRateBuilder().setDeviations(0)),
        row(
            "outliers.latency.min_endpoints",
            "must be 2 to 1000000, is 1",
            s -> s.getOutliersBuilder().getLatencyBuilder().setMinEndpoints(1)),
        row(
            "health",
            "names no probe; add http, tcp, grpc, icmp or exec",
            s -> s.setHealth(HealthCheck.getDefaultInstance())),
        row(
            "health.interval",
            "must be 100ms to 1h, is 99ms",
            s -> s.setHealth(tcp().setInterval(millis(99)))),
        row(
            "health.timeout",
            "must be 10ms to 1m, is 0s",
            s -> s.setHealth(tcp().setTimeout(millis(0)))),
        row(
            "health.timeout",
            "must not be above the interval (1s), is 1500ms",
            s -> s.setHealth(tcp().setInterval(millis(1_000)).setTimeout(millis(1_500)))),
        row(
            "health.timeout",
            "must not be above the interval (2s, the default), is 3s",
            s -> s.setHealth(tcp().setTimeout(millis(3_000)))),
        row(
            "health.down_interval",
            "must not be below the interval (2s, the default), is 1s",
            s -> s.setHealth(tcp().setDownInterval(millis(1_000)))),
        row("health.jitter", "must be 0 to 50, is 51", s -> s.setHealth(tcp().setJitter(51))),
        row(
            "health.http.method",
            "\"POST\" must be GET or HEAD",
            s -> s.setHealth(http(h -> h.setMethod("POST")))),
        row(
            "health.http.statuses[1]",
            "\"300-200\" is no status; write 200, or 200-299, from 100 to 599",
            s -> s.setHealth(http(h -> h.addStatuses("204").addStatuses("300-200")))),
        row(
            "health.http.headers.Host",
            "is said by health.http.host",
            s -> s.setHealth(http(h -> h.putHeaders("Host", "x")))),
        row(
            "health.http.headers.X-A",
            "must have no control characters, and at most 4096 characters",
            s -> s.setHealth(http(h -> h.putHeaders("X-A", "x\r\nY: z")))),
        row(
            "health.http.body",
            "cannot be expected of HEAD, whose answer has none",
            s -> s.setHealth(http(h -> h.setMethod("HEAD").setBody("ok")))),
        row(
            "health.http.tls.server_name",
            "\"a b\" is no name of a host",
            s -> s.setHealth(http(h -> h.getTlsBuilder().setServerName("a b")))),
        row(
            "health.tcp.expect_hex",
            "\"0g\" must be bytes in hex, two digits each",
            s -> s.setHealth(tcp(t -> t.setExpectHex("0g")))),
        row(
            "health.tcp.send_hex",
            "is there besides send; leave one of them out",
            s -> s.setHealth(tcp(t -> t.setSend("a").setSendHex("61")))),
        row(
            "health.exec.command",
            "is missing; write the path of a program",
            s -> s.setHealth(HealthCheck.newBuilder().setExec(ExecProbe.getDefaultInstance()))),
        row("health.rise", "must be 1 to 100, is -2", s -> s.setHealth(tcp().setRise(-2))),
        row("health.fall", "must be 1 to 100, is 101", s -> s.setHealth(tcp().setFall(101))),
        row(
            "health.http.path",
            "\"health\" must begin with '/', without spaces, control characters or '#', at most"
                + " 2048 characters",
            s ->
                s.setHealth(
                    HealthCheck.newBuilder().setHttp(HttpProbe.newBuilder().setPath("health")))),
        row(
            "health.http.host",
            "\"a b\" is no host; write name or name:port",
            s ->
                s.setHealth(
                    HealthCheck.newBuilder().setHttp(HttpProbe.newBuilder().setHost("a b")))),
        row(
            "timeouts.connect",
            "must be 1ms to 5m, is 6m",
            s -> s.setTimeouts(Timeouts.newBuilder().setConnect(millis(360_000)))),
        row(
            "timeouts.response",
            "must be 1ms to 24h, is -1s",
            s -> s.setTimeouts(Timeouts.newBuilder().setResponse(millis(-1_000)))),
        row(
            "timeouts.request",
            "must be 1ms to 24h, is 0s",
            s -> s.setTimeouts(Timeouts.newBuilder().setRequest(millis(0)))),
        row(
            "timeouts.idle",
            "must be 1ms to 24h, is 9223372036854775807s",
            s ->
                s.setTimeouts(
                    Timeouts.newBuilder()
                        .setIdle(Duration.newBuilder().setSeconds(Long.MAX_VALUE)))),
        row(
            "retries.attempts",
            "must be 0 to 10, is 11",
            s -> s.setRetries(Retries.newBuilder().setAttempts(11))));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("pools")
  void a_pool_is_refused_where(String field, String reason, Resource pool) {
    assertThat(findings(List.of(), pool)).containsExactly("Pool p|" + field + "|" + reason);
  }

  private static Arguments listenerRow(
      String field, String reason, Consumer<ListenerSpec.Builder> change) {
    ListenerSpec.Builder spec = listenerSpec("0.0.0.0:80", "backend");
    change.accept(spec);
    return arguments(field, reason, listener("l", spec));
  }

  private static Arguments tcpRow(
      String field, String reason, Consumer<ListenerSpec.Builder> change) {
    ListenerSpec.Builder spec = layer4("0.0.0.0:80");
    change.accept(spec);
    return arguments(field, reason, listener("l", spec));
  }

  private static ListenerSpec.Builder layer4(String bind) {
    return ListenerSpec.newBuilder()
        .setBind(bind)
        .setProtocol(Protocol.PROTOCOL_TCP)
        .setPool("backend");
  }

  private static Arguments editsRow(
      String field, String reason, Consumer<RouteRule.Builder> change) {
    return listenerRow("routes[0]." + field, reason, s -> change.accept(s.getRoutesBuilder(0)));
  }

  private static Size bytes(long bytes) {
    return Size.newBuilder().setBytes(bytes).build();
  }

  static Stream<Arguments> listeners() {
    String bind =
        " is no IP address and port; write 127.0.0.1:8080, 0.0.0.0:8080 for all addresses or"
            + " [::]:8080, the port 1 to 65535";
    return Stream.of(
        listenerRow(
            "bind",
            "is missing; write address:port, as in 0.0.0.0:8080 for all addresses",
            s -> s.clearBind()),
        listenerRow("bind", "\":8080\"" + bind, s -> s.setBind(":8080")),
        listenerRow("bind", "\"*:8080\"" + bind, s -> s.setBind("*:8080")),
        listenerRow("bind", "\"localhost:8080\"" + bind, s -> s.setBind("localhost:8080")),
        listenerRow("bind", "\"127.0.0.1:0\"" + bind, s -> s.setBind("127.0.0.1:0")),
        listenerRow("bind", "\"127.0.0.1:65536\"" + bind, s -> s.setBind("127.0.0.1:65536")),
        listenerRow(
            "protocol",
            "9 is no protocol that this controller knows; it knows http, tcp, udp",
            s -> s.setProtocolValue(9)),
        listenerRow("trusted_hops", "must be 0 to 16, is 17", s -> s.setTrustedHops(17)),
        listenerRow(
            "pool",
            "is only for tcp and udp; with http write routes: [{pool: …}]",
            s -> s.setPool("backend")),
        listenerRow(
            "limits.head",
            "must be 1KiB to 64KiB, is 1000B",
            s -> s.getLimitsBuilder().setHead(bytes(1_000))),
        listenerRow(
            "limits.target",
            "must be 256B to 32KiB, is 255B",
            s -> s.getLimitsBuilder().setTarget(bytes(255))),
        listenerRow(
            "limits.target",
            "must not be above head (4KiB), is 8KiB",
            s -> s.getLimitsBuilder().setHead(bytes(4 << 10)).setTarget(bytes(8 << 10))),
        listenerRow(
            "limits.fields",
            "must be 1 to 1000, is 1001",
            s -> s.getLimitsBuilder().setFields(1_001)),
        listenerRow(
            "limits.body",
            "must be at least 1B, is 0B",
            s -> s.getLimitsBuilder().setBody(bytes(0))),
        listenerRow(
            "timeouts.head",
            "must be 100ms to 5m, is 99ms",
            s -> s.getTimeoutsBuilder().setHead(millis(99))),
        listenerRow(
            "timeouts.idle",
            "must be 1ms to 24h, is 24h1s",
            s -> s.getTimeoutsBuilder().setIdle(millis(24 * 3_600_000 + 1_000))),
        tcpRow(
            "pool",
            "is missing; name the pool that this tcp listener passes its clients on to",
            s -> s.clearPool()),
        tcpRow(
            "pool",
            "there is no Pool \"bakend\"; did you mean \"backend\"?",
            s -> s.setPool("bakend")),
        tcpRow(
            "routes",
            "is only for http; this listener's protocol is tcp, so leave it out",
            s -> s.addRoutesBuilder().setPool("backend")),
        tcpRow(
            "trusted_hops",
            "is only for http; this listener's protocol is tcp, so leave it out",
            s -> s.setTrustedHops(1)),
        tcpRow(
            "limits",
            "is only for http; this listener's protocol is tcp, so leave it out",
            s -> s.getLimitsBuilder().setFields(1)),
        tcpRow(
            "timeouts.head",
            "is only for http; this listener's protocol is tcp, so leave it out",
            s -> s.getTimeoutsBuilder().setHead(millis(1_000))),
        editsRow(
            "request_headers.remove[0]",
            "\"a b\" is no header name; 1 to 256 letters, digits and !#$%&'*+-.^_`|~",
            r -> r.getRequestHeadersBuilder().addRemove("a b")),
        editsRow(
            "request_headers.remove[1]",
            "\"x-a\" is also routes[0].request_headers.remove[0]",
            r -> r.getRequestHeadersBuilder().addRemove("X-A").addRemove("x-a")),
        editsRow(
            "request_headers.set[X-A]",
            "is also routes[0].request_headers.remove[0]; set alone replaces the field",
            r -> r.getRequestHeadersBuilder().addRemove("x-a").putSet("X-A", "1")),
        editsRow(
            "request_headers.set[x-a]",
            "is there twice; case makes no difference",
            r -> r.getRequestHeadersBuilder().putSet("x-a", "1").putSet("X-A", "1")),
        editsRow(
            "response_headers.add[Content-Length]",
            "Content-Length cannot be edited; it belongs to the connection or the framing",
            r -> r.getResponseHeadersBuilder().putAdd("Content-Length", "1")),
        editsRow(
            "request_headers.set[X-Forwarded-For]",
            "X-Forwarded-For cannot be edited; Weir writes it, see trusted_hops of the listener",
            r -> r.getRequestHeadersBuilder().putSet("X-Forwarded-For", "1")),
        editsRow(
            "request_headers.add[host]",
            "Host can only be set, and only in request_headers",
            r -> r.getRequestHeadersBuilder().putAdd("host", "a")),
        editsRow(
            "response_headers.set[Host]",
            "Host can only be set, and only in request_headers",
            r -> r.getResponseHeadersBuilder().putSet("Host", "a")),
        editsRow(
            "request_headers.set[Host]",
            "\"a/b\" is no host; write name or name:port",
            r -> r.getRequestHeadersBuilder().putSet("Host", "a/b")),
        editsRow(
            "response_headers.add[X-A]",
            "\"a??b\" has a control character",
            r -> r.getResponseHeadersBuilder().putAdd("X-A", "a\r\nb")),
        editsRow(
            "response_headers.set[X-A]",
            "\" a\" begins or ends with a space; leave that out",
            r -> r.getResponseHeadersBuilder().putSet("X-A", " a")),
        editsRow(
            "response_headers.set[X-A]",
            "is 4098 bytes long; at most 4096",
            r -> r.getResponseHeadersBuilder().putSet("X-A", "\u00e9".repeat(2_049))),
        editsRow(
            "response_headers.remove",
            "has 33; at most 32",
            r -> {
              for (int i = 0; i < 33; i++) {
                r.getResponseHeadersBuilder().addRemove("X-" + i);
              }
            }),
        listenerRow(
            "agents[zo ne]",
            "the key must be " + Syntax.LABEL_RULE,
            s -> s.putAgents("zo ne", "a")),
        listenerRow(
            "routes[0].pool",
            "is missing; name the pool that these requests go to",
            s -> s.getRoutesBuilder(0).clearPool()),
        listenerRow(
            "routes[0].pool",
            "there is no Pool \"bakend\"; did you mean \"backend\"?",
            s -> s.getRoutesBuilder(0).setPool("bakend")),
        listenerRow(
            "routes[0].pool",
            "there is no Pool \"static\"; there is backend",
            s -> s.getRoutesBuilder(0).setPool("static")),
        listenerRow(
            "routes[0].path_prefix",
            "\"a\" must begin with '/'",
            s -> s.getRoutesBuilder(0).setPathPrefix("a")),
        listenerRow(
            "routes[0].path_prefix",
            "\"/a b\" is no path; percent-encode what RFC 3986 does not allow",
            s -> s.getRoutesBuilder(0).setPathPrefix("/a b")),
        listenerRow(
            "routes[0].path_prefix",
            "\"/a/../b\" can match no request: \"//\", \".\" and \"..\" are resolved first",
            s -> s.getRoutesBuilder(0).setPathPrefix("/a/../b")),
        listenerRow(
            "routes[0].hosts[0]",
            "is \"*\"; for any host leave hosts out",
            s -> s.getRoutesBuilder(0).addHosts("*")),
        listenerRow(
            "routes[0].hosts[0]",
            "\"a.*.com\": '*' may only stand for whole names in front, as in *.example.com",
            s -> s.getRoutesBuilder(0).addHosts("a.*.com")),
        listenerRow(
            "routes[0].hosts[0]",
            "\"example.com:80\" has a port; write the name alone, ports are ignored",
            s -> s.getRoutesBuilder(0).addHosts("example.com:80")),
        listenerRow(
            "routes[0].hosts[0]",
            "\"-a\" is no host name; write example.com or *.example.com",
            s -> s.getRoutesBuilder(0).addHosts("-a")),
        listenerRow(
            "routes[0].hosts[1]",
            "\"A.com\" is also routes[0].hosts[0]",
            s -> s.getRoutesBuilder(0).addHosts("a.com").addHosts("A.com")),
        listenerRow(
            "routes[1]",
            "any host and path prefix / of Listener \"l\" are taken by routes[0]; no two rules may"
                + " have the same",
            s -> s.addRoutesBuilder().setPool("backend").setPathPrefix("/")),
        listenerRow(
            "routes[2]",
            "host a.com and path prefix /x of Listener \"l\" are taken by routes[1]; no two rules"
                + " may have the same",
            s -> {
              s.addRoutesBuilder().setPool("backend").addHosts("a.com").setPathPrefix("/x");
              s.addRoutesBuilder().setPool("backend").addHosts("A.com").setPathPrefix("/x/");
            }));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("listeners")
  void a_listener_is_refused_where(String field, String reason, Resource listener) {
    assertThat(findings(List.of(BACKEND), listener))
        .containsExactly("Listener l|" + field + "|" + reason);
  }

  private static Arguments metadataRow(
      String field, String reason, Consumer<Metadata.Builder> change) {
    Resource.Builder resource = BACKEND.toBuilder();
    change.accept(resource.getMetadataBuilder());
    return arguments(field, reason, resource.build());
  }

  static Stream<Arguments> metadata() {
    return Stream.of(
        metadataRow("name", "is missing; " + Syntax.NAME_RULE, m -> m.clearName()),
        metadataRow(
            "name", "\"Backend\" is no name: " + Syntax.NAME_RULE, m -> m.setName("Backend")),
        metadataRow("name", "\"a-\" is no name: " + Syntax.NAME_RULE, m -> m.setName("a-")),
        metadataRow(
            "name",
            "\"" + "a".repeat(60) + "…\" is no name: " + Syntax.NAME_RULE,
            m -> m.setName("a".repeat(64))),
        metadataRow(
            "labels[team]",
            "\"\" is no label value: " + Syntax.LABEL_RULE,
            m -> m.putLabels("team", "")),
        metadataRow(
            "labels",
            "has 65 entries; at most 64",
            m -> {
              for (int i = 0; i < 65; i++) {
                m.putLabels("k" + i, "v");
              }
            }),
        metadataRow(
            "annotations[note]",
            "is 4097 bytes long; at most 4096",
            m -> m.putAnnotations("note", "x".repeat(4_097))),
        metadataRow(
            "revision", "must be the revision you expect, or 0 for any", m -> m.setRevision(-1)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("metadata")
  void metadata_is_refused_where(String field, String reason, Resource resource) {
    List<Violation> found = Validator.check(List.of(resource), Config.EMPTY);
    assertThat(found).hasSize(1);
    assertThat(found.getFirst().getField()).isEqualTo(field);
    assertThat(found.getFirst().getReason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "origin:80",
        "my_service:8080",
        "10.0.0.1:1",
        "[2001:db8::1]:65535",
        "a.b-c.example.com:443",
      })
  void an_address_may_be(String address) {
    assertThat(findings(List.of(), pool("p", address))).isEmpty();
  }

  @Nested
  final class BetweenResources {
    private final Resource web = listener("web", "0.0.0.0:80", "backend");

    @Test
    void a_bind_is_refused_where_an_agent_could_run_both() {
      assertThat(findings(List.of(BACKEND, web), listener("web2", "10.0.0.1:80", "backend")))
          .containsExactly(
              "Listener web2|bind|10.0.0.1:80 is taken by Listener \"web\" (0.0.0.0:80) on agents"
                  + " that both select; choose another port, or agents that differ in a label");
    }

    @Test
    void a_bind_may_be_shared_by_listeners_of_agents_that_differ_in_a_label() {
      Resource a = listener("a", listenerSpec("0.0.0.0:80", "backend").putAgents("zone", "a"));
      Resource b = listener("b", listenerSpec("0.0.0.0:80", "backend").putAgents("zone", "b"));
      Resource c = listener("c", listenerSpec("0.0.0.0:80", "backend").putAgents("rack", "1"));

      assertThat(findings(List.of(BACKEND, a), b)).isEmpty();
      assertThat(findings(List.of(BACKEND, a), c)).hasSize(1);
      assertThat(
              findings(
                  List.of(BACKEND),
                  listener("x", "10.0.0.1:80", "backend"),
                  listener("y", "10.0.0.2:80", "backend")))
          .isEmpty();
    }

    @Test
    void the_one_being_written_is_to_blame() {
      Resource later = listener("zzz", "0.0.0.0:80", "backend");
      assertThat(findings(List.of(BACKEND, later), web))
          .singleElement()
          .asString()
          .startsWith("Listener web|bind|");
    }

    @Test
    void a_route_is_refused_without_its_listener_and_its_pool() {
      assertThat(findings(List.of(BACKEND, web), route("api", "wob", "/api", "backnd")))
          .containsExactly(
              "Route api|rule.pool|there is no Pool \"backnd\"; did you mean \"backend\"?",
              "Route api|listeners[0]|there is no Listener \"wob\"; did you mean \"web\"?");
    }

    @Test
    void a_bind_may_be_shared_by_udp_and_tcp_but_not_by_tcp_and_http() {
      Resource tcp = listener("tcp", layer4("0.0.0.0:80"));
      Resource udp = listener("udp", layer4("0.0.0.0:80").setProtocol(Protocol.PROTOCOL_UDP));
      assertThat(findings(List.of(BACKEND, tcp), udp)).isEmpty();
      assertThat(findings(List.of(BACKEND, web), tcp)).hasSize(1);
    }

    @Test
    void a_route_leads_from_no_tcp_listener() {
      Resource tcp = listener("web", layer4("0.0.0.0:80"));
      Resource api = route("api", "web", "/api", "backend");
      assertThat(findings(List.of(BACKEND, tcp), api))
          .containsExactly(
              "Route api|listeners[0]|Listener \"web\" is a tcp listener; only http has routes");
      assertThat(findings(List.of(BACKEND, api), tcp))
          .containsExactly(
              "Listener web|protocol|is tcp, but Route \"api\" (listeners[0]) names this listener"
                  + " and only http has routes");
    }

    @Test
    void a_route_with_nothing_in_it_is_told_what_it_needs() {
      Resource empty =
          Resource.newBuilder()
              .setMetadata(Metadata.newBuilder().setName("api"))
              .setRoute(Route.newBuilder().setSpec(RouteSpec.getDefaultInstance()))
              .build();
      assertThat(findings(List.of(), empty))
          .containsExactly(
              "Route api|listeners|is empty; name at least 1 listener",
              "Route api|rule|is missing; it needs at least a pool");
    }

    @Test
    void a_rule_is_refused_where_a_route_or_the_listener_has_the_same() {
      Resource api = route("api", "web", "/api", "backend");
      assertThat(findings(List.of(BACKEND, web, api), route("two", "web", "/api", "backend")))
          .containsExactly(
              "Route two|rule|any host and path prefix /api of Listener \"web\" are taken by Route"
                  + " \"api\" (rule); no two rules may have the same");
      assertThat(findings(List.of(BACKEND, web), route("root", "web", "", "backend")))
          .containsExactly(
              "Route root|rule|any host and path prefix / of Listener \"web\" are taken by Listener"
                  + " \"web\" (routes[0]); no two rules may have the same");
    }

    @Test
    void a_listener_has_1024_rules_at_most_with_those_of_its_routes() {
      ListenerSpec.Builder spec = ListenerSpec.newBuilder().setBind("0.0.0.0:80");
      for (int i = 0; i < 1_024; i++) {
        spec.addRoutes(RouteRule.newBuilder().setPool("backend").setPathPrefix("/" + i));
      }
      Resource full = listener("web", spec);
      assertThat(findings(List.of(BACKEND), full)).isEmpty();
      assertThat(findings(List.of(BACKEND, full), route("api", "web", "/api", "backend")))
          .containsExactly(
              "Route api|rule|Listener \"web\" has 1024 rules already, with those of its Routes;"
                  + " that is the most");
    }

    @Test
    void what_is_used_cannot_be_deleted() {
      Resource api = route("api", "web", "/api", "backend");
      Set<ResourceKey> both = Set.of(ResourceKey.pool("backend"), ResourceKey.listener("web"));
      assertThat(Validator.checkDeletion(both, config(api)).stream().map(ValidatorTest::text))
          .containsExactly(
              "Listener web||is used by Route \"api\" (listeners[0]); change or delete that first,"
                  + " or both at once",
              "Pool backend||is used by Route \"api\" (rule.pool); change or delete that first, or"
                  + " both at once");
      assertThat(
              Validator.checkDeletion(
                      Set.of(ResourceKey.pool("backend")),
                      config(listener("l", layer4("0.0.0.0:1"))))
                  .stream()
                  .map(ValidatorTest::text))
          .containsExactly(
              "Pool backend||is used by Listener \"l\" (pool); change or delete that first, or both"
                  + " at once");
    }
  }

  @Nested
  final class TheRequest {
    @Test
    void names_each_resource_once() {
      assertThat(findings(List.of(), BACKEND, BACKEND))
          .containsExactly(
              "Pool backend||is in this request twice, as number 1 and number 2; name it once");
    }

    @Test
    void is_refused_when_it_has_a_kind_from_the_future() {
      Resource unknown = Resource.newBuilder().setMetadata(BACKEND.getMetadata()).build();
      assertThat(Validator.check(List.of(unknown), Config.EMPTY).getFirst().getReason())
          .isEqualTo(
              "has no kind that this controller knows; it knows Pool, Listener, Route, Rollout, Scaler,"
                  + " Agent");
    }

    @Test
    void is_told_a_hundred_mistakes_and_how_many_more_there_are() {
      PoolSpec.Builder spec = PoolSpec.newBuilder();
      for (int i = 0; i < 150; i++) {
        spec.addEndpointsBuilder().setAddress("h:" + (i + 1)).setWeight(-1);
      }
      List<Violation> found = Validator.check(List.of(pool("p", spec)), Config.EMPTY);
      assertThat(found).hasSize(101);
      assertThat(found.getLast().getReason())
          .isEqualTo("50 more violations are not shown; fix these first");
    }

    @Test
    void is_refused_when_a_resource_is_too_large_for_the_store() {
      PoolSpec.Builder spec = PoolSpec.newBuilder();
      String host = String.join(".", "a".repeat(60), "b".repeat(60), "c".repeat(60));
      for (int i = 0; i < 4_096; i++) {
        spec.addEndpointsBuilder().setAddress(host + ":" + (i + 1));
      }
      assertThat(findings(List.of(), pool("p", spec)))
          .singleElement()
          .asString()
          .endsWith("bytes; at most 655360");
    }

    @Test
    void is_refused_when_all_of_it_is_too_large_for_an_agent_with_the_biggest_named() {
      PoolSpec.Builder spec = PoolSpec.newBuilder();
      String host = String.join(".", "a".repeat(60), "b".repeat(60), "c".repeat(60));
      for (int i = 0; i < 3_200; i++) {
        spec.addEndpointsBuilder().setAddress(host + ":" + (i + 1));
      }
      Resource[] pools =
          IntStream.range(0, 56).mapToObj(i -> pool("p" + i, spec)).toArray(Resource[]::new);
      assertThat(findings(List.of(), pools))
          .singleElement()
          .asString()
          .matches(
              ".*the configuration would be \\d+ bytes; at most 33554432; the biggest are Pool"
                  + " \"p\\d+\" \\(\\d+\\), Pool \"p\\d+\" \\(\\d+\\), Pool \"p\\d+\" \\(\\d+\\)");
    }
  }

  @Test
  void what_is_right_is_not_refused() {
    Resource web =
        labelled(
            listener(
                "web",
                listenerSpec("[::]:443", "backend")
                    .setTrustedHops(16)
                    .addRoutes(
                        RouteRule.newBuilder()
                            .addHosts("*.example.com")
                            .addHosts("example.com")
                            .addHosts("[::1]")
                            .addHosts("10.0.0.1")
                            .setPathPrefix("/a/%20b;c/")
                            .setPool("backend")
                            .setRequestHeaders(
                                HeaderEdits.newBuilder()
                                    .putSet("Host", "[::1]:80")
                                    .putSet("X-Empty", "")
                                    .putAdd("Via", "caf\u00e9 a\tb")
                                    .addRemove("Cookie"))
                            .setResponseHeaders(
                                HeaderEdits.newBuilder().addRemove("X-Forwarded-For")))
                    .setLimits(
                        Limits.newBuilder()
                            .setHead(bytes(64 << 10))
                            .setTarget(bytes(32 << 10))
                            .setFields(1_000)
                            .setBody(bytes(Long.MAX_VALUE)))),
            Map.of("team/x", "a.b_c-1"));
    assertThat(findings(List.of(BACKEND), web, route("api", "web", "/api", "backend"))).isEmpty();
  }
}
