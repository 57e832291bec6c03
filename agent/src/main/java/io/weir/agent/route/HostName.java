package io.weir.agent.route;

import java.util.Locale;
import java.util.Optional;

/** The host of an authority, as rules are matched by it. */
public final class HostName {
  private HostName() {}

  /**
   * Lower case, without port and trailing dot; an IPv6 literal keeps its brackets.
   *
   * @param authority a Host field or the authority of a target (RFC 9110 section 7.2); user
   *     information is not allowed
   * @return empty when it is not a host with an optional port
   */
  public static Optional<String> of(String authority) {
    int end = authority.length();
    if (end > 0 && authority.charAt(0) == '[') {
      int bracket = authority.indexOf(']');
      if (bracket < 0 || !isAddress(authority, bracket) || !isPort(authority, bracket + 1)) {
        return Optional.empty();
      }
      return Optional.of(authority.substring(0, bracket + 1).toLowerCase(Locale.ROOT));
    }
    int colon = authority.indexOf(':');
    if (colon >= 0) {
      if (!isPort(authority, colon)) {
        return Optional.empty();
      }
      end = colon;
    }
    if (end > 0 && authority.charAt(end - 1) == '.') {
      end--;
    }
    if (end == 0) {
      return Optional.empty();
    }
    for (int i = 0; i < end; i++) {
      if (!isNameCharacter(authority.charAt(i))) {
        return Optional.empty();
      }
    }
    return Optional.of(authority.substring(0, end).toLowerCase(Locale.ROOT));
  }

  private static boolean isAddress(String authority, int bracket) {
    for (int i = 1; i < bracket; i++) {
      char c = authority.charAt(i);
      if (Character.digit(c, 16) < 0 && c != ':' && c != '.') {
        return false;
      }
    }
    return bracket > 2;
  }

  /** Nothing, or a colon and up to five digits (none: the default port). */
  private static boolean isPort(String authority, int from) {
    if (from == authority.length()) {
      return true;
    }
    if (authority.charAt(from) != ':' || authority.length() - from > 6) {
      return false;
    }
    for (int i = from + 1; i < authority.length(); i++) {
      if (authority.charAt(i) < '0' || authority.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  /** RFC 3986 section 3.2.2 reg-name, without percent-encoding, which no host name needs. */
  private static boolean isNameCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~';
  }
}
