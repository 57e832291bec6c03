package io.weir.agent.http1;

import io.weir.agent.route.RouteKey;
import java.nio.charset.StandardCharsets;

/** Reads request heads all the way to what they are routed by, as a connection would. */
final class Reading {
  static final int MAX_HEAD = 65_536;
  static final int MAX_TARGET = 8_192;
  static final int MAX_FIELDS = 100;

  static final HeadLimits LIMITS = new HeadLimits(MAX_HEAD, MAX_TARGET, MAX_FIELDS);

  final HeadParser head = new HeadParser(LIMITS);
  final RequestTarget target = new RequestTarget();
  final RouteKey key = new RouteKey();
  Method method = Method.OTHER;

  static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.ISO_8859_1);
  }

  static String text(byte[] b, int from, int to) {
    return new String(b, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** On one line, as in a Java string. */
  static String escaped(byte[] b) {
    StringBuilder s = new StringBuilder();
    for (byte c : b) {
      switch (c) {
        case '\r' -> s.append("\\r");
        case '\n' -> s.append("\\n");
        case '\t' -> s.append("\\t");
        case '"', '\\' -> s.append('\\').append((char) c);
        default -> s.append(c >= ' ' && c < 127 ? "" + (char) c : "\\u%04x".formatted(c & 0xff));
      }
    }
    return s.toString();
  }

  /** INCOMPLETE, COMPLETE or the status to refuse with. */
  int request(byte[] b, int from, int to) {
    int result = head.parseRequest(b, from, to);
    if (result != HeadParser.COMPLETE) {
      return result;
    }
    method = Method.of(b, head.start(), head.methodEnd());
    if (method == Method.CONNECT || method == Method.TRACE) {
      return 405;
    }
    return target.read(b, head, method) && routed(b) ? HeadParser.COMPLETE : 400;
  }

  private boolean routed(byte[] b) {
    int host = head.host();
    boolean absolute = target.absolute();
    int from = absolute ? target.authorityStart() : host < 0 ? 0 : head.valueStart(host);
    int to = absolute ? target.authorityEnd() : host < 0 ? 0 : head.valueEnd(host);
    return key.read(b, from, to, target.originStart(), target.pathEnd());
  }
}
