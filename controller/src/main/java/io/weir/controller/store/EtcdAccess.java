package io.weir.controller.store;

import static java.util.stream.Collectors.joining;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How to reach an etcd cluster. Files are read again for every new connection, so that a renewed
 * certificate or password needs no restart.
 *
 * @param endpoints of its members, at least one, all {@code http} or all {@code https}
 * @param authority PEM file with the certificates that the members' are signed by; empty: those
 *     that this JVM trusts. Only with {@code https}.
 * @param certificate shown to the members; only with {@code https}
 * @param login empty: etcd has no users
 */
public record EtcdAccess(
    List<URI> endpoints,
    Optional<Path> authority,
    Optional<ClientCertificate> certificate,
    Optional<Login> login) {
  public EtcdAccess {
    endpoints = List.copyOf(endpoints);
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("no etcd endpoint");
    }
    boolean secure = secure(endpoints.getFirst());
    if (endpoints.stream().anyMatch(endpoint -> secure(endpoint) != secure)) {
      throw new IllegalArgumentException("either all endpoints are https or none is");
    }
    if (!secure && (authority.isPresent() || certificate.isPresent())) {
      throw new IllegalArgumentException("certificates are for https only");
    }
  }

  /**
   * PEM files.
   *
   * @param chain the certificate, and those between it and the authority
   * @param key in PKCS#8, not encrypted
   */
  public record ClientCertificate(Path chain, Path key) {}

  /**
   * @param password file whose first line is the password
   */
  public record Login(String user, Path password) {}

  /** Without TLS and users. */
  public static EtcdAccess plain(List<URI> endpoints) {
    return new EtcdAccess(endpoints, Optional.empty(), Optional.empty(), Optional.empty());
  }

  boolean secure() {
    return secure(endpoints.getFirst());
  }

  private static boolean secure(URI endpoint) {
    return "https".equals(endpoint.getScheme());
  }

  /** "etcd at" and the endpoints. */
  @Override
  public String toString() {
    return "etcd at " + endpoints.stream().map(URI::toString).collect(joining(","));
  }
}
