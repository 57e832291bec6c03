package io.weir.agent.route;

import java.util.Optional;

/** The path of a request target, as rules are matched by it. */
public final class RequestPath {
  private RequestPath() {}

  /**
   * Without query; escapes of unreserved characters decoded, other escapes in upper case (RFC 3986
   * section 6.2.2), duplicate slashes merged, dot segments removed. An escaped slash stays an
   * escape: it does not separate segments.
   *
   * @param target origin form, or "*", which matches as "/"
   * @return empty when it must not be routed: it does not begin with '/', leaves the root, holds
   *     NUL, a broken escape, a fragment or a character that no target may have
   */
  public static Optional<String> normalise(String target) {
    if (target.equals("*")) {
      return Optional.of("/");
    }
    int end = target.indexOf('?');
    if (end < 0) {
      end = target.length();
    }
    if (end == 0 || target.charAt(0) != '/') {
      return Optional.empty();
    }
    if (isPlain(target, end)) {
      return Optional.of(end == target.length() ? target : target.substring(0, end));
    }
    StringBuilder decoded = new StringBuilder(end);
    return decode(target, end, decoded) ? removeDots(decoded) : Optional.empty();
  }

  /** Nothing to change and nothing to refuse, which is nearly every path. */
  private static boolean isPlain(String target, int end) {
    char before = '\0';
    for (int i = 0; i < end; i++) {
      char c = target.charAt(i);
      if (c == '%' || !isAllowed(c) || (before == '/' && (c == '/' || c == '.'))) {
        return false;
      }
      before = c;
    }
    return true;
  }

  private static boolean decode(String target, int end, StringBuilder to) {
    for (int i = 0; i < end; i++) {
      char c = target.charAt(i);
      if (c == '%') {
        int high = i + 2 < end ? Character.digit(target.charAt(i + 1), 16) : -1;
        int low = high >= 0 ? Character.digit(target.charAt(i + 2), 16) : -1;
        int value = high * 16 + low;
        if (low < 0 || value == 0) {
          return false;
        }
        if (isUnreserved((char) value)) {
          to.append((char) value);
        } else {
          to.append('%').append(hex(high)).append(hex(low));
        }
        i += 2;
      } else if (isAllowed(c)) {
        to.append(c);
      } else {
        return false;
      }
    }
    return true;
  }

  private static Optional<String> removeDots(StringBuilder path) {
    StringBuilder to = new StringBuilder(path.length());
    int i = 0;
    while (i < path.length()) {
      int start = i + 1; // of the segment behind the slash at i
      int slash = path.indexOf("/", start);
      int end = slash < 0 ? path.length() : slash;
      boolean last = slash < 0;
      int length = end - start;
      if (length == 2 && path.charAt(start) == '.' && path.charAt(start + 1) == '.') {
        int parent = to.lastIndexOf("/");
        if (parent < 0) {
          return Optional.empty();
        }
        to.setLength(parent);
        if (last) {
          to.append('/');
        }
      } else if (length == 0 || (length == 1 && path.charAt(start) == '.')) {
        if (last) {
          to.append('/');
        }
      } else {
        to.append('/').append(path, start, end);
      }
      i = end;
    }
    return Optional.of(to.toString());
  }

  private static char hex(int digit) {
    return (char) (digit < 10 ? '0' + digit : 'A' + digit - 10);
  }

  private static boolean isUnreserved(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~';
  }

  /** Bytes above ASCII are not valid but common and harmless; a fragment is not. */
  private static boolean isAllowed(char c) {
    return c > ' ' && c != '\u007f' && c != '#' && c != '\\';
  }
}
