package io.weir.controller.model;

import static io.weir.controller.model.Durations.minutes;
import static io.weir.controller.model.Durations.seconds;

import io.weir.v1.Discovery;
import io.weir.v1.DnsDiscovery;
import io.weir.v1.DnsType;
import java.math.BigInteger;
import java.util.Optional;

/** How a pool's endpoints are found; the ranges are those that resources.proto names. */
final class DiscoveryRules {
  private static final int MAX_SERVERS = 8;
  private static final int MAX_ENDPOINTS = 4_096;
  private static final int MAX_WEIGHT = 65_535;
  private static final int MAX_PRIORITY = 127;
  private static final int MAX_PORT = 65_535;
  private static final long DAY = minutes(24 * 60);
  private static final String AT = "discovery.dns.";

  private DiscoveryRules() {}

  static void check(Discovery discovery, Problems.On on) {
    switch (discovery.getSourceCase()) {
      case DNS -> check(discovery.getDns(), on);
      case SOURCE_NOT_SET -> on.add("discovery", "says nothing of where to look; give it dns");
    }
  }

  private static void check(DnsDiscovery dns, Problems.On on) {
    name(dns.getName(), on);
    boolean srv = dns.getType() == DnsType.DNS_TYPE_SRV;
    if (dns.getType() == DnsType.UNRECOGNIZED) {
      on.add(AT + "type", "must be addresses, a, aaaa or srv");
    }
    if (srv) {
      if (dns.getPort() != 0) {
        on.add(AT + "port", "is not for srv, whose records say it; leave it out");
      }
      if (dns.hasWeight()) {
        on.add(AT + "weight", "is not for srv, whose records say it; leave it out");
      }
    } else if (dns.getPort() == 0) {
      on.add(AT + "port", "is missing; addresses in DNS come without one");
    } else {
      on.range(AT + "port", dns.getPort(), 1, MAX_PORT);
    }
    if (dns.hasWeight()) {
      on.range(AT + "weight", dns.getWeight(), 0, MAX_WEIGHT);
    }
    on.range(AT + "priority", dns.getPriority(), 0, MAX_PRIORITY);
    if (dns.getMax() != 0) {
      on.range(AT + "max", dns.getMax(), 1, MAX_ENDPOINTS);
    }
    times(dns, on);
    servers(dns, on);
  }

  private static void name(String name, Problems.On on) {
    String host = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    if (name.isEmpty()) {
      on.add(AT + "name", "is missing; write the name to resolve, as in web.example.com");
    } else if (!Syntax.isHostName(host)) {
      on.add(AT + "name", Syntax.quote(name) + " is no name that DNS could have addresses of");
    }
  }

  private static void times(DnsDiscovery dns, Problems.On on) {
    long least = seconds(5);
    if (dns.hasMinInterval()) {
      Durations.range(on, AT + "min_interval", dns.getMinInterval(), seconds(1), minutes(60));
      BigInteger exact = Durations.nanos(dns.getMinInterval());
      least = exact.bitLength() < 63 ? exact.longValue() : least;
    }
    if (dns.hasMaxInterval()) {
      Durations.range(on, AT + "max_interval", dns.getMaxInterval(), Math.min(least, DAY), DAY);
    }
    if (dns.hasKeep()) {
      Durations.range(on, AT + "keep", dns.getKeep(), 0, DAY);
    }
  }

  private static void servers(DnsDiscovery dns, Problems.On on) {
    if (dns.getServersCount() > MAX_SERVERS) {
      on.add(AT + "servers", "has %d; at most %d".formatted(dns.getServersCount(), MAX_SERVERS));
    }
    for (int i = 0; i < dns.getServersCount(); i++) {
      String server = dns.getServers(i);
      Optional<Syntax.HostPort> at = Syntax.hostPort(server);
      if (at.filter(one -> Syntax.isIpv4(one.host()) || one.host().indexOf(':') >= 0).isEmpty()) {
        on.add(
            AT + "servers[" + i + "]",
            Syntax.quote(server)
                + " is no server's address; write 1.2.3.4:53 or [2001:db8::1]:53, the port 1 to"
                + " 65535");
      }
    }
  }
}
