package io.weir.controller.model;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The textual forms that resources are made of. */
final class Syntax {
  static final String NAME_RULE =
      "1 to 63 characters, lower-case letters, digits and '-', first and last not '-'";
  static final String LABEL_RULE = "1 to 63 characters of letters, digits, '-', '_', '.', '/'";

  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9._/-]{1,63}");
  private static final Pattern IPV4 =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
  private static final Pattern HOST_LABEL =
      Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?");
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");
  private static final int MAX_HOST = 253;
  private static final int SHOWN = 60;

  private Syntax() {}

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  static boolean isLabel(String text) {
    return LABEL.matcher(text).matches();
  }

  /**
   * @param host as declared, in lower case; an IPv6 address without brackets
   */
  record HostPort(String host, int port) {}

  /** "host:port" or "[v6]:port", the port 1 to 65,535. */
  static Optional<HostPort> hostPort(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1 || !PORT.matcher(text.substring(colon + 1)).matches()) {
      return Optional.empty();
    }
    int port = Integer.parseInt(text.substring(colon + 1));
    String host = text.substring(0, colon).toLowerCase(Locale.ROOT);
    if (port < 1 || port > 65_535) {
      return Optional.empty();
    }
    if (host.startsWith("[") && host.endsWith("]")) {
      return ipv6(host.substring(1, host.length() - 1)).map(v6 -> new HostPort(v6, port));
    }
    return isIpv4(host) || isHostName(host)
        ? Optional.of(new HostPort(host, port))
        : Optional.empty();
  }

  static boolean isIpv4(String text) {
    if (!IPV4.matcher(text).matches()) {
      return false;
    }
    for (String octet : text.split("\\.", -1)) {
      if (Integer.parseInt(octet) > 255) {
        return false;
      }
    }
    return true;
  }

  /** In one spelling for each address (RFC 4291 section 2.2); without a zone. */
  static Optional<String> ipv6(String text) {
    if (text.indexOf(':') < 0 || text.indexOf('%') >= 0 || text.length() > 45) {
      return Optional.empty();
    }
    try {
      // Never asks a resolver.
      return Optional.of(InetAddress.ofLiteral(text).getHostAddress());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** RFC 1123 section 2.1, and '_', which container networks use; not all digits and dots. */
  static boolean isHostName(String text) {
    if (text.isEmpty()
        || text.length() > MAX_HOST
        || text.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'))) {
      return false;
    }
    for (String label : text.split("\\.", -1)) {
      if (!HOST_LABEL.matcher(label).matches()) {
        return false;
      }
    }
    return true;
  }

  /** In quotes and short enough for a sentence; what cannot be printed becomes '?'. */
  static String quote(String text) {
    StringBuilder shown = new StringBuilder("\"");
    int end = Math.min(text.length(), SHOWN);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      shown.append(c < ' ' || c == 0x7f || Character.isSurrogate(c) ? '?' : c);
    }
    return shown.append(end < text.length() ? "…\"" : "\"").toString();
  }
}
