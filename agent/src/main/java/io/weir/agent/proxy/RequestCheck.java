package io.weir.agent.proxy;

import io.vertx.core.MultiMap;
import io.weir.agent.route.HostName;
import io.weir.agent.route.RequestPath;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Whether a request may be forwarded, and where to. What the decoder has refused does not get here.
 */
sealed interface RequestCheck {
  /**
   * @param host for routing; empty when an HTTP/1.0 request names none
   * @param path for routing
   * @param authority the Host field to forward; empty as above
   * @param target the request target to forward, in origin form or "*"
   * @param body there is one, or will be
   */
  record Accepted(String host, String path, String authority, String target, boolean body)
      implements RequestCheck {}

  /** {@code why} is one sentence for the client. */
  record Rejected(int status, Reason reason, String why) implements RequestCheck {}

  static RequestCheck of(String method, String uri, boolean http10, MultiMap headers) {
    if (method.equals("CONNECT") || method.equals("TRACE")) {
      return new Rejected(405, Reason.METHOD_NOT_ALLOWED, Reason.METHOD_NOT_ALLOWED.text());
    }
    Optional<Rejected> unframed = framing(headers);
    if (unframed.isPresent()) {
      return unframed.get();
    }
    List<String> hosts = headers.getAll("host");
    if (hosts.size() > 1 || (hosts.isEmpty() && !http10)) {
      // RFC 9112 section 3.2
      return bad("a request needs exactly one Host field");
    }
    String authority = hosts.isEmpty() ? "" : hosts.getFirst();
    if (!hosts.isEmpty() && HostName.of(authority).isEmpty()) {
      return bad("the Host field is not a host");
    }
    String target = uri;
    int scheme = schemeLength(uri);
    if (scheme > 0) {
      // RFC 9112 section 3.2.2: the target's authority replaces the Host field.
      int end = authorityEnd(uri, scheme);
      authority = uri.substring(scheme, end);
      target = originForm(method, uri.substring(end));
    }
    if (target.equals("*") && !method.equals("OPTIONS")) {
      return bad("only OPTIONS has the target *");
    }
    Optional<String> host = authority.isEmpty() ? Optional.of("") : HostName.of(authority);
    Optional<String> path = RequestPath.normalise(target);
    if (host.isEmpty() || path.isEmpty() || (scheme > 0 && authority.isEmpty())) {
      return bad("the request target cannot be routed");
    }
    return new Accepted(host.get(), path.get(), authority, target, hasBody(headers));
  }

  private static Optional<Rejected> framing(MultiMap headers) {
    String coding = headers.get("transfer-encoding");
    if (coding != null
        && (!coding.equalsIgnoreCase("chunked")
            || headers.getAll("transfer-encoding").size() > 1)) {
      return Optional.of(
          new Rejected(501, Reason.BAD_REQUEST, "the only transfer coding known is chunked"));
    }
    if (headers.contains("sec-websocket-key1") && headers.contains("sec-websocket-key2")) {
      // The decoder gives these eight bytes of body that nothing announces, which the next hop
      // would
      // take for the next request (draft-hixie-thewebsocketprotocol-76).
      return Optional.of(bad("this draft of WebSocket is not supported"));
    }
    String expect = headers.get("expect");
    if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
      return Optional.of(
          new Rejected(417, Reason.BAD_REQUEST, "the only expectation known is 100-continue"));
    }
    return Optional.empty();
  }

  /** Whether a body is announced (RFC 9112 section 6.3). */
  static boolean hasBody(MultiMap headers) {
    String length = headers.get("content-length");
    return headers.contains("transfer-encoding") || (length != null && !length.equals("0"));
  }

  private static int schemeLength(String uri) {
    if (uri.startsWith("/")) {
      return 0;
    }
    String start = uri.substring(0, Math.min(uri.length(), 8)).toLowerCase(Locale.ROOT);
    return start.startsWith("http://") ? 7 : start.equals("https://") ? 8 : 0;
  }

  private static int authorityEnd(String uri, int from) {
    int end = from;
    while (end < uri.length() && "/?#".indexOf(uri.charAt(end)) < 0) {
      end++;
    }
    return end;
  }

  private static String originForm(String method, String rest) {
    if (rest.isEmpty()) {
      return method.equals("OPTIONS") ? "*" : "/";
    }
    return rest.startsWith("/") ? rest : "/" + rest;
  }

  private static Rejected bad(String why) {
    return new Rejected(400, Reason.BAD_REQUEST, why);
  }
}
