package io.weir.agent.control;

import java.util.Optional;

/**
 * "host:port", "1.2.3.4:port" or "[2001:db8::1]:port".
 *
 * @param host without brackets
 * @param port 0 to 65,535
 */
public record HostPort(String host, int port) {

  /** Empty when {@code text} has none of the three forms. */
  public static Optional<HostPort> parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0 || colon == text.length() - 1 || text.length() - colon > 6) {
      return Optional.empty();
    }
    int port = 0;
    for (int i = colon + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return Optional.empty();
      }
      port = port * 10 + (c - '0');
    }
    if (port > 65_535) {
      return Optional.empty();
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[")) {
      boolean closed = host.endsWith("]") && host.length() >= 4;
      String inner = closed ? host.substring(1, host.length() - 1) : "";
      return isIpv6(inner) ? Optional.of(new HostPort(inner, port)) : Optional.empty();
    }
    return isIpv4(host) || isName(host) ? Optional.of(new HostPort(host, port)) : Optional.empty();
  }

  /** As it is written, with brackets where they belong. */
  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }

  private static boolean isIpv4(String host) {
    String[] parts = host.split("\\.", -1);
    if (parts.length != 4) {
      return false;
    }
    for (String part : parts) {
      if (!part.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(part) > 255) {
        return false;
      }
    }
    return true;
  }

  /** RFC 4291 section 2.2, with an optional zone (RFC 4007) for link-local addresses. */
  private static boolean isIpv6(String host) {
    int zone = host.indexOf('%');
    String address = zone < 0 ? host : host.substring(0, zone);
    if (zone >= 0 && !host.substring(zone + 1).matches("[A-Za-z0-9_.-]{1,15}")) {
      return false;
    }
    int gap = address.indexOf("::");
    if (gap >= 0 && address.indexOf("::", gap + 1) >= 0) {
      return false;
    }
    if (gap < 0) {
      return groups(address) == 8;
    }
    int before = groups(address.substring(0, gap));
    int after = groups(address.substring(gap + 2));
    return before >= 0 && after >= 0 && before + after <= 7;
  }

  /** Number of 16-bit groups in a colon-separated run, -1 when it is not one; empty: 0. */
  private static int groups(String run) {
    if (run.isEmpty()) {
      return 0;
    }
    String[] parts = run.split(":", -1);
    int count = 0;
    for (int i = 0; i < parts.length; i++) {
      boolean last = i == parts.length - 1;
      if (last && isIpv4(parts[i])) {
        count += 2;
      } else if (parts[i].matches("[0-9A-Fa-f]{1,4}")) {
        count++;
      } else {
        return -1;
      }
    }
    return count;
  }

  /** RFC 1123 section 2.1, and '_' because container networks use it; not all digits and dots. */
  private static boolean isName(String host) {
    String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    return name.length() <= 253
        && !name.matches("[0-9.]*")
        && name.matches("(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*");
  }
}
