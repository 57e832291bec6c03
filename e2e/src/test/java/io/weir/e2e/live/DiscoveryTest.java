package io.weir.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.e2e.load.Load;
import io.weir.e2e.load.Window;
import io.weir.v1.DiscoveredEndpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Endpoints come and go in DNS while requests are under way. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class DiscoveryTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int REQUESTS_PER_SECOND = 300;
  private static final int ENOUGH = 600;

  private final Fleet fleet = Fleet.create(Programs.locate());
  private final NameServer dns = new NameServer();

  @AfterEach
  void stop() {
    fleet.close();
    dns.close();
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  private static void more(Window window) {
    long before = window.requests();
    Await.until("more requests", SOON, () -> window.requests() >= before + ENOUGH);
  }

  @Test
  void an_address_that_is_replaced_costs_no_request_and_a_silent_name_server_neither()
      throws IOException {
    Child first = fleet.startOrigin("one", "127.0.0.1");
    String one = Fleet.awaitOrigin(first);
    String two = Fleet.awaitOrigin(fleet.startOrigin("two", "127.0.0.1"));
    String controller = fleet.controller("127.0.0.1:0").address();
    int web = Ports.free();
    Path config =
        Files.writeString(
            fleet.dir().resolve("discovery.yaml"),
            """
            kind: Pool
            name: web
            discovery:
              dns: {name: _web._tcp.example.com, type: srv, min_interval: 1s, max_interval: 1s, servers: ["%s"]}
            ---
            kind: Listener
            name: in
            bind: "127.0.0.1:%d"
            routes: [{pool: web}]
            """
                .formatted(dns.address(), web));
    dns.serve(port(one));
    fleet.ctl(controller, "apply", "-f", config.toString()).orThrow();
    try (Admin admin = new Admin(controller)) {
      awaitFound(admin, one);
      Fleet.awaitReady(fleet.agent("a", controller));
      try (Load load =
          new Load(
              List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), web)),
              REQUESTS_PER_SECOND)) {
        Window window = load.next();
        more(window);
        assertThat(window.served("one")).isPositive();

        dns.serve(port(one), port(two));
        awaitFound(admin, one, two);
        more(window);
        dns.serve(port(two));
        awaitFound(admin, two);
        Await.until(
            "nothing to go to one",
            SOON,
            () -> {
              long before = window.served("one");
              more(window);
              return window.served("one") == before;
            });
        // As whoever took its address out would.
        first.kill();
        dns.silent(true);
        Await.until(
            "the controller to notice",
            SOON,
            () ->
                !admin
                    .get("Pool", "web")
                    .getPool()
                    .getStatus()
                    .getDiscovery()
                    .getError()
                    .isEmpty());
        more(window);
        assertThat(window.served("two")).isPositive();
        assertThat(window.reasons()).isEmpty();
        System.out.printf(
            "%d requests while addresses came and went, %d failed%n",
            window.requests(), window.failed());
      }
    }
    assertThat(fleet.ctl(controller, "explain", "pool", "web").orThrow())
        .contains(two)
        .contains("a target of _web._tcp.example.com")
        .contains("was not answered in time");
    assertThat(fleet.ctl(controller, "events").orThrow()).contains("discovery fails");
  }

  private static void awaitFound(Admin admin, String... addresses) {
    Await.until(
        "to be found: " + String.join(", ", addresses),
        SOON,
        () ->
            admin
                .get("Pool", "web")
                .getPool()
                .getStatus()
                .getDiscovery()
                .getEndpointsList()
                .stream()
                .map(DiscoveredEndpoint::getAddress)
                .toList()
                .equals(List.of(addresses).stream().sorted().toList()));
  }
}
