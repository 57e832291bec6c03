package io.weir.agent.route;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What rules are matched by: the host and the normalised path of one request, as ranges of bytes.
 * Plain ones, which nearly all are, stay where they are; others are normalised as {@link HostName}
 * and {@link RequestPath} do. Reused; not thread-safe.
 */
public final class RouteKey {
  byte[] host = {};
  int hostFrom;
  int hostTo;
  byte[] path = {};
  int pathFrom;
  int pathTo;

  /**
   * @param hostFrom of the authority in {@code b}, with port; equal to {@code hostTo} for none
   * @param pathFrom of the path in {@code b}, without query; equal to {@code pathTo} for an empty
   *     one
   * @return false when host or path are such that the request must not be routed
   */
  public boolean read(byte[] b, int hostFrom, int hostTo, int pathFrom, int pathTo) {
    return readHost(b, hostFrom, hostTo) && readPath(b, pathFrom, pathTo);
  }

  private boolean readHost(byte[] b, int from, int to) {
    host = b;
    hostFrom = from;
    hostTo = to;
    for (int i = from; i < to; i++) {
      byte c = b[i];
      boolean plain =
          c >= 'a' && c <= 'z'
              || c >= '0' && c <= '9'
              || c == '.'
              || c == '-'
              || c >= 'A' && c <= 'Z'
              || c == '_'
              || c == '~';
      if (!plain) {
        return c == ':' && i > from && isPort(b, i + 1, to) ? name(i) : slowHost(b, from, to);
      }
    }
    return from == to || name(to);
  }

  private boolean name(int end) {
    hostTo = host[end - 1] == '.' ? end - 1 : end;
    return hostTo > hostFrom;
  }

  private static boolean isPort(byte[] b, int from, int to) {
    if (to - from > 5) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (b[i] < '0' || b[i] > '9') {
        return false;
      }
    }
    return true;
  }

  private boolean slowHost(byte[] b, int from, int to) {
    Optional<String> name = HostName.of(text(b, from, to));
    name.ifPresent(n -> {
      host = n.getBytes(StandardCharsets.ISO_8859_1);
      hostFrom = 0;
      hostTo = host.length;
    });
    return name.isPresent();
  }

  private boolean readPath(byte[] b, int from, int to) {
    path = b;
    pathFrom = from;
    pathTo = to;
    if (from == to) {
      return true; // absolute form without a path: the root, whose prefix is empty
    }
    byte before = 0;
    for (int i = from; i < to; i++) {
      byte c = b[i];
      if (c == '%'
          || c == '\\'
          || before == '/' && (c == '/' || c == '.')
          || i == from && c != '/') {
        return slowPath(b, from, to);
      }
      before = c;
    }
    return true;
  }

  private boolean slowPath(byte[] b, int from, int to) {
    Optional<String> normal = RequestPath.normalise(text(b, from, to));
    normal.ifPresent(p -> {
      path = p.getBytes(StandardCharsets.ISO_8859_1);
      pathFrom = 0;
      pathTo = path.length;
    });
    return normal.isPresent();
  }

  private static String text(byte[] b, int from, int to) {
    return new String(b, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
