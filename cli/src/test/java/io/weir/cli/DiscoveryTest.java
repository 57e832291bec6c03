package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.weir.v1.Decision;
import io.weir.v1.DiscoveredEndpoint;
import io.weir.v1.Discovery;
import io.weir.v1.DiscoveryChanged;
import io.weir.v1.DiscoveryStatus;
import io.weir.v1.DnsDiscovery;
import io.weir.v1.DnsType;
import io.weir.v1.Endpoint;
import io.weir.v1.EndpointExplanation;
import io.weir.v1.EndpointStatus;
import io.weir.v1.ExplainResponse;
import io.weir.v1.Metadata;
import io.weir.v1.Pool;
import io.weir.v1.PoolSpec;
import io.weir.v1.PoolStatus;
import io.weir.v1.Resource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pools whose endpoints nobody declared. */
final class DiscoveryTest {
  private static final String POOL =
      """
      kind: Pool
      name: web
      endpoints:
      - {address: "10.0.0.1:80"}
      discovery:
        dns: {name: _http._tcp.example.com, type: srv, min_interval: 5s, keep: 1m, servers: ["10.0.0.53:53"]}
      """;
  private static final DiscoveryStatus STATUS =
      DiscoveryStatus.newBuilder()
          .addEndpoints(
              DiscoveredEndpoint.newBuilder()
                  .setAddress("10.0.0.7:8080")
                  .setWeight(3)
                  .setName("a.example.com"))
          .setLastSuccess(at(90))
          .setFailingSince(at(60))
          .setError("_http._tcp.example.com (SRV) was not answered in time")
          .build();

  private final Ctl ctl = new Ctl();

  private static Timestamp at(long secondsAgo) {
    return Timestamp.newBuilder().setSeconds(Ctl.NOW.getEpochSecond() - secondsAgo).build();
  }

  @BeforeEach
  void start() {
    assertThat(ctl.runWith(POOL, "apply", "-f", "-").err()).isEmpty();
  }

  @AfterEach
  void stop() {
    ctl.close();
  }

  @Test
  void what_is_wanted_is_printed_as_it_was_written() {
    assertThat(ctl.run("get", "pool", "web", "-o", "yaml").out())
        .contains("discovery:")
        .contains("name: _http._tcp.example.com")
        .contains("type: srv")
        .contains("keep: 1m");
    assertThat(ctl.runWith(POOL.replace("srv", "mx"), "apply", "-f", "-").err())
        .contains("discovery.dns.type: expected one of addresses, a, aaaa, srv");
  }

  @Test
  void what_was_found_is_shown_beside_what_is_declared() {
    ctl.admin.status(
        "web",
        PoolStatus.newBuilder()
            .addEndpoints(EndpointStatus.newBuilder().setAddress("10.0.0.7:8080").setRequests(44))
            .setDiscovery(STATUS)
            .build());
    assertThat(ctl.run("get", "pools").out()).contains("-/2");
    assertThat(ctl.run("describe", "pool", "web").out())
        .contains("SRV of _http._tcp.example.com")
        .contains("1 found, last asked with success 90s ago")
        .contains(
            "failing for 60s: _http._tcp.example.com (SRV) was not answered in time; what was found"
                + " stays")
        .containsPattern("10\\.0\\.0\\.7:8080 +0 +3 +75\\.0% +not probed .*44");
  }

  @Test
  void an_explanation_says_where_an_endpoint_comes_from() {
    ctl.admin.explained(
        ExplainResponse.newBuilder()
            .setPool(
                Resource.newBuilder()
                    .setMetadata(Metadata.newBuilder().setName("web"))
                    .setPool(
                        Pool.newBuilder()
                            .setSpec(
                                PoolSpec.newBuilder()
                                    .addEndpoints(Endpoint.newBuilder().setAddress("10.0.0.1:80"))
                                    .setDiscovery(
                                        Discovery.newBuilder()
                                            .setDns(
                                                DnsDiscovery.newBuilder()
                                                    .setName("_http._tcp.example.com")
                                                    .setType(DnsType.DNS_TYPE_SRV))))
                            .setStatus(PoolStatus.newBuilder().setDiscovery(STATUS))))
            .addEndpoints(
                EndpointExplanation.newBuilder()
                    .setAddress("10.0.0.1:80")
                    .setSentence("takes requests"))
            .addEndpoints(
                EndpointExplanation.newBuilder()
                    .setAddress("10.0.0.7:8080")
                    .setSentence("takes requests"))
            .build());
    assertThat(ctl.run("explain", "pool", "web").out())
        .contains("Endpoints are found by DNS (SRV of _http._tcp.example.com): 1 found")
        .contains("takes requests; it is declared")
        .contains(
            "takes requests; it was found by DNS as a.example.com, a target of"
                + " _http._tcp.example.com");
  }

  @Test
  void a_failure_is_an_event() {
    ctl.admin.decided(
        Decision.newBuilder()
            .setNumber(3)
            .setTime(at(60))
            .setReason("web.example.com (A) was not answered in time; nothing has been found yet")
            .setDiscovery(DiscoveryChanged.newBuilder().setPool("web").setFailing(true))
            .build());
    assertThat(ctl.run("events").out()).containsPattern("3 +60s +web +discovery fails +- +web");
  }

  @Test
  void what_was_found_cannot_be_changed_by_hand() {
    assertThat(ctl.run("drain", "web", "10.0.0.7:8080").err())
        .isEqualTo(
            "error: pool/web has no endpoint \"10.0.0.7:8080\"; it has 10.0.0.1:80; one that was"
                + " found by DNS has to be declared to be changed\n");
  }
}
