package io.weir.agent.proxy;

import io.vertx.core.MultiMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Which header fields a proxy passes on, and which it adds. */
final class HeaderFields {
  /** RFC 9110 section 7.6.1, with the two that older software sends. */
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /** What a sender must not get removed by naming it in Connection: it would reach no one else. */
  private static final Set<String> PROTECTED =
      Set.of(
          "authorization",
          "cache-control",
          "content-encoding",
          "content-length",
          "content-type",
          "cookie",
          "expect",
          "forwarded",
          "host",
          "set-cookie",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-proto",
          "x-real-ip");

  private static final Set<String> FORWARDING =
      Set.of(
          "forwarded",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-proto");

  private HeaderFields() {}

  /**
   * Where a request came in.
   *
   * @param client address literal of the peer, IPv6 without brackets
   * @param authority the Host field as forwarded; may be empty
   * @param port that was connected to
   * @param trustedHops of the listener
   */
  record Origin(String client, String authority, int port, int trustedHops) {}

  /** Adds to {@code to} what of {@code from} goes further, in its order. */
  static void copyEndToEnd(MultiMap from, MultiMap to) {
    Set<String> nominated = nominated(from);
    for (Map.Entry<String, String> field : from) {
      String name = field.getKey().toLowerCase(Locale.ROOT);
      if (!HOP_BY_HOP.contains(name) && !nominated.contains(name)) {
        to.add(field.getKey(), field.getValue());
      }
    }
  }

  private static Set<String> nominated(MultiMap headers) {
    List<String> fields = headers.getAll("connection");
    if (fields.isEmpty()) {
      return Set.of();
    }
    Set<String> names = new HashSet<>();
    for (String field : fields) {
      for (String option : field.split(",", -1)) {
        String name = option.strip().toLowerCase(Locale.ROOT);
        if (!PROTECTED.contains(name)) {
          names.add(name);
        }
      }
    }
    return names;
  }

  /**
   * Forwarded (RFC 7239) and X-Forwarded-*. Without trusted hops what the client sent of these is
   * replaced; with some, the peer is added to the lists and the rest stays, where it is there.
   */
  static void forward(MultiMap headers, Origin origin) {
    if (origin.trustedHops() == 0) {
      FORWARDING.forEach(headers::remove);
    }
    append(headers, "X-Forwarded-For", origin.client());
    setIfAbsent(headers, "X-Forwarded-Proto", "http");
    setIfAbsent(headers, "X-Forwarded-Port", Integer.toString(origin.port()));
    StringBuilder forwarded = new StringBuilder("for=").append(node(origin.client()));
    if (!origin.authority().isEmpty()) {
      setIfAbsent(headers, "X-Forwarded-Host", origin.authority());
      forwarded.append(";host=").append(quoted(origin.authority()));
    }
    append(headers, "Forwarded", forwarded.append(";proto=http").toString());
  }

  private static void append(MultiMap headers, String name, String value) {
    List<String> before = headers.getAll(name);
    headers.set(name, before.isEmpty() ? value : String.join(", ", before) + ", " + value);
  }

  private static void setIfAbsent(MultiMap headers, String name, String value) {
    if (!headers.contains(name)) {
      headers.set(name, value);
    }
  }

  private static String node(String address) {
    return address.indexOf(':') >= 0 ? "\"[" + address + "]\"" : address;
  }

  /** A host with a port or brackets is no token (RFC 7239 section 4). */
  private static String quoted(String authority) {
    boolean token = authority.indexOf(':') < 0 && authority.indexOf('[') < 0;
    return token ? authority : '"' + authority + '"';
  }
}
