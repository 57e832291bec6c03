package io.weir.cli.view;

import io.weir.v1.DiscoveredEndpoint;
import io.weir.v1.DiscoveryStatus;
import io.weir.v1.DnsDiscovery;
import io.weir.v1.DnsType;
import io.weir.v1.Endpoint;
import io.weir.v1.EndpointStatus;
import io.weir.v1.Pool;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Endpoints that a pool has without anybody having declared them. */
final class Discoveries {
  private Discoveries() {}

  /** Those declared, then those found, then others that agents run. */
  static List<Endpoint> endpoints(Pool pool) {
    List<Endpoint> endpoints = new ArrayList<>(pool.getSpec().getEndpointsList());
    Set<String> declared = new HashSet<>();
    endpoints.forEach(one -> declared.add(one.getAddress()));
    for (DiscoveredEndpoint found : pool.getStatus().getDiscovery().getEndpointsList()) {
      if (declared.add(found.getAddress())) {
        endpoints.add(
            Endpoint.newBuilder()
                .setAddress(found.getAddress())
                .setWeight(found.getWeight())
                .setPriority(found.getPriority())
                .build());
      }
    }
    // What a Scaler has brought.
    for (EndpointStatus other : pool.getStatus().getEndpointsList()) {
      if (declared.add(other.getAddress())) {
        endpoints.add(Endpoint.newBuilder().setAddress(other.getAddress()).build());
      }
    }
    return endpoints;
  }

  /** "is declared", or how it was found; empty where all of the pool's are declared. */
  static Optional<String> origin(Pool pool, String address) {
    if (!pool.getSpec().hasDiscovery()) {
      return Optional.empty();
    }
    if (pool.getSpec().getEndpointsList().stream()
        .anyMatch(one -> one.getAddress().equals(address))) {
      return Optional.of("is declared");
    }
    DnsDiscovery dns = pool.getSpec().getDiscovery().getDns();
    return pool.getStatus().getDiscovery().getEndpointsList().stream()
        .filter(one -> one.getAddress().equals(address))
        .findFirst()
        .map(one ->
            "was found by DNS as %s%s"
                .formatted(
                    Table.clean(one.getName()),
                    dns.getType() == DnsType.DNS_TYPE_SRV
                        ? ", a target of " + Table.clean(dns.getName())
                        : ""));
  }

  /** What is looked for. */
  static String wanted(DnsDiscovery dns) {
    String types =
        switch (dns.getType()) {
          case DNS_TYPE_A -> "A";
          case DNS_TYPE_AAAA -> "AAAA";
          case DNS_TYPE_SRV -> "SRV";
          case DNS_TYPE_ADDRESSES, DNS_TYPE_UNSPECIFIED, UNRECOGNIZED -> "A and AAAA";
        };
    String port = dns.getPort() == 0 ? "" : ", port " + dns.getPort();
    return "%s of %s%s".formatted(types, Table.clean(dns.getName()), port);
  }

  /** How that goes. */
  static List<String> standing(DiscoveryStatus status, Instant now) {
    List<String> lines = new ArrayList<>();
    String last =
        status.hasLastSuccess()
            ? ", last asked with success " + Ages.since(status.getLastSuccess(), now) + " ago"
            : "";
    lines.add("%d found%s".formatted(status.getEndpointsCount(), last));
    if (!status.getError().isEmpty()) {
      lines.add(
          "failing%s: %s; what was found stays"
              .formatted(
                  status.hasFailingSince()
                      ? " for " + Ages.since(status.getFailingSince(), now)
                      : "",
                  Table.clean(status.getError())));
    }
    if (!status.getLimited().isEmpty()) {
      lines.add(Table.clean(status.getLimited()));
    }
    return lines;
  }
}
