package io.weir.agent.http1;

import java.util.List;

/** What a client may send to make two readers of the same bytes disagree, and what it is told. */
public final class HostileRequests {
  private HostileRequests() {}

  /**
   * @param status of the refusal; after it nothing more of the connection is read
   * @param bytes in ISO 8859-1
   */
  public record Refusal(int status, String what, String bytes) {
    @Override
    public String toString() {
      return what + ": " + status;
    }
  }

  private static Refusal refused(int status, String what, String bytes) {
    return new Refusal(status, what, bytes);
  }

  private static String post(String fields, String body) {
    return "POST /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body;
  }

  private static String get(String fields) {
    return "GET /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
  }

  private static String target(String target) {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }

  /** Heads that are refused, with what would follow. */
  public static List<Refusal> heads() {
    return List.of(
        refused(
            400,
            "Content-Length with Transfer-Encoding",
            post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
        refused(
            400,
            "Transfer-Encoding with Content-Length",
            post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")),
        refused(
            400, "two Content-Length", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd")),
        refused(
            400,
            "two equal Content-Length",
            post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")),
        refused(400, "a list of Content-Length", post("Content-Length: 3, 3\r\n", "abc")),
        refused(400, "signed Content-Length", post("Content-Length: +3\r\n", "abc")),
        refused(400, "negative Content-Length", post("Content-Length: -3\r\n", "abc")),
        refused(400, "hex Content-Length", post("Content-Length: 0x3\r\n", "abc")),
        refused(400, "Content-Length with a point", post("Content-Length: 3.0\r\n", "abc")),
        refused(400, "Content-Length in two words", post("Content-Length: 3 3\r\n", "abc")),
        refused(400, "empty Content-Length", post("Content-Length: \r\n", "abc")),
        refused(
            400,
            "overflowing Content-Length",
            post("Content-Length: 18446744073709551617\r\n", "")),
        refused(
            400,
            "Content-Length over 63 bits",
            post("Content-Length: 9223372036854775808\r\n", "")),
        refused(501, "gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")),
        refused(400, "chunked, gzip", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")),
        refused(400, "xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")),
        refused(400, "chunkedx", post("Transfer-Encoding: chunkedx\r\n", "0\r\n\r\n")),
        refused(400, "gzip", post("Transfer-Encoding: gzip\r\n", "0\r\n\r\n")),
        refused(400, "quoted chunked", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")),
        refused(400, "chunked;q=1", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")),
        refused(400, "chunked, and nothing", post("Transfer-Encoding: chunked,\r\n", "0\r\n\r\n")),
        refused(
            400,
            "chunked behind a vertical tab",
            post("Transfer-Encoding: \u000bchunked\r\n", "0\r\n\r\n")),
        refused(400, "empty Transfer-Encoding", post("Transfer-Encoding:\r\n", "")),
        refused(400, "identity", post("Transfer-Encoding: identity\r\n", "")),
        refused(
            400,
            "chunked twice",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
        refused(
            400,
            "chunked, then identity",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")),
        refused(
            400,
            "Transfer-Encoding in HTTP/1.0",
            "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        refused(400, "obs-fold", get("X: a\r\n b\r\n")),
        refused(400, "obs-fold with a tab", get("X: a\r\n\tTransfer-Encoding: chunked\r\n")),
        refused(400, "a first field that is folded", "GET / HTTP/1.1\r\n Host: h\r\n\r\n"),
        refused(400, "a blank line with a space", get(" \r\n")),
        refused(400, "bare LF", "GET / HTTP/1.1\nHost: h\n\n"),
        refused(400, "bare LF after a field", get("X: a\nY: b\r\n")),
        refused(400, "bare LF as the empty line", get("X: a\r\n\n")),
        refused(400, "bare CR in a value", get("X: a\rY: b\r\n")),
        refused(400, "two CR at the end of a line", get("X: a\r\r\n")),
        refused(400, "CR as the empty line", get("\r\r\n")),
        refused(400, "bare CR in the request line", "GET /\rx HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "bare CR behind the version", "GET / HTTP/1.1\r\r\nHost: h\r\n\r\n"),
        refused(400, "NUL in a value", get("X: a\u0000b\r\n")),
        refused(400, "a control in a value", get("X: a\u0001b\r\n")),
        refused(400, "DEL in a value", get("X: a\u007fb\r\n")),
        refused(400, "NUL in a name", get("X\u0000: b\r\n")),
        refused(400, "a byte above ASCII in a name", get("X\u00e4: b\r\n")),
        refused(400, "space before the colon", get("X : a\r\n")),
        refused(400, "tab before the colon", get("X\t: a\r\n")),
        refused(
            400,
            "space before the colon of Transfer-Encoding",
            post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")),
        refused(400, "empty name", get(": a\r\n")),
        refused(400, "no colon", get("nothing\r\n")),
        refused(400, "a name that is no token", get("X(y): a\r\n")),
        refused(400, "two spaces in the request line", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "two spaces before the version", "GET /  HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "a space behind the version", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"),
        refused(400, "a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "a space in the target", target("/a b")),
        refused(400, "a byte above ASCII in the target", target("/\u00e4")),
        refused(400, "a space before the method", " GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "many empty lines first", "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "an empty line of LF first", "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "HTTP/0.9", "GET /\r\n\r\n"),
        refused(505, "HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n"),
        refused(505, "HTTP/0.9 in words", "GET / HTTP/0.9\r\nHost: h\r\n\r\n"),
        refused(505, "HTTP/2.0 in text", "GET / HTTP/2.0\r\nHost: h\r\n\r\n"),
        refused(505, "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        refused(400, "lower-case version", "GET / http/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "a version of two digits", "GET / HTTP/1.10\r\nHost: h\r\n\r\n"),
        refused(400, "a version without point", "GET / HTTP/1,1\r\nHost: h\r\n\r\n"),
        refused(400, "a method that is no token", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003"),
        refused(431, "a head of 1 MiB", get("X: " + "a".repeat(1 << 20) + "\r\n")),
        refused(431, "100,000 fields", get("X: a\r\n".repeat(100_000))),
        refused(414, "a long target", target("/" + "a".repeat(70_000))),
        refused(414, "a long method", "A".repeat(70_000) + " / HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "no Host", "GET / HTTP/1.1\r\n\r\n"),
        refused(400, "two Host", get("Host: h\r\n")),
        refused(400, "an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
        refused(400, "a Host that is a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
        refused(400, "a Host in two words", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
        refused(400, "a Host with user information", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
        refused(400, "a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        refused(400, "a Host with an escape", "GET / HTTP/1.1\r\nHost: a%2eb\r\n\r\n"),
        refused(400, "a Host that is a port", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n"),
        refused(400, "a Host of 300 bytes", target("/").replace("h\r", "h".repeat(300) + "\r")),
        refused(400, "an absolute target without host", target("http:///x")),
        refused(400, "an absolute target with user information", target("http://h@evil/x")),
        refused(400, "an absolute target with a fragment", target("http://h#@evil/x")),
        refused(400, "an absolute target with a bad port", target("http://h:x/x")),
        refused(400, "an absolute target of another scheme", target("ftp://h/x")),
        refused(400, "an authority as target", target("h:80")),
        refused(400, "a target without slash", target("x")),
        refused(400, "GET *", target("*")),
        refused(400, "OPTIONS *x", "OPTIONS *x HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(400, "%00", target("/a%00b")),
        refused(400, "above the root", target("/a/../../b")),
        refused(400, "above the root, escaped", target("/%2e%2E/b")),
        refused(400, "above the root behind slashes", target("//../b")),
        refused(400, "a broken escape", target("/%zz")),
        refused(400, "half an escape", target("/%2")),
        refused(400, "a backslash", target("/a\\..\\b")),
        refused(400, "a fragment", target("/a#b")),
        refused(405, "CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"),
        refused(405, "TRACE", "TRACE / HTTP/1.1\r\nHost: h\r\n\r\n"),
        refused(417, "an unknown expectation", get("Expect: magic\r\n")),
        refused(400, "33 options in Connection", get("Connection: " + "x,".repeat(33) + "\r\n")));
  }

  /** Chunked bodies that are refused as they come. */
  public static List<Refusal> bodies() {
    return List.of(
        refused(400, "chunk size overflow", "10000000000000000\r\na\r\n0\r\n\r\n"),
        refused(400, "chunk size over 31 bits", "80000000\r\na\r\n0\r\n\r\n"),
        refused(400, "negative chunk size", "-1\r\na\r\n0\r\n\r\n"),
        refused(400, "signed chunk size", "+1\r\na\r\n0\r\n\r\n"),
        refused(400, "chunk size with a prefix", "0x1\r\na\r\n0\r\n\r\n"),
        refused(400, "no chunk size", "\r\na\r\n0\r\n\r\n"),
        refused(400, "an extension without size", ";a\r\na\r\n0\r\n\r\n"),
        refused(400, "a space before the size", " 1\r\na\r\n0\r\n\r\n"),
        refused(400, "a space behind the size", "1 \r\na\r\n0\r\n\r\n"),
        refused(400, "a chunk longer than its size", "1\r\nab\r\n0\r\n\r\n"),
        refused(400, "no CRLF after a chunk", "1\r\na0\r\n\r\n"),
        refused(400, "LF after a chunk", "1\r\na\n0\r\n\r\n"),
        refused(400, "CR after a chunk", "1\r\na\r0\r\n\r\n"),
        refused(400, "LF after a chunk size", "1\na\r\n0\r\n\r\n"),
        refused(400, "CR after a chunk size", "1\ra\r\n0\r\n\r\n"),
        refused(400, "two CR after a chunk size", "1\r\r\na\r\n0\r\n\r\n"),
        refused(400, "LF after the last size", "0\n\r\n"),
        refused(400, "LF after the last chunk", "0\r\n\n"),
        refused(400, "a bare CR in an extension", "1;a\rb\r\na\r\n0\r\n\r\n"),
        refused(400, "a bare LF in an extension", "1;a\n\r\na\r\n0\r\n\r\n"),
        refused(400, "a bare LF in a quoted extension", "1;a=\"\n\"\r\na\r\n0\r\n\r\n"),
        refused(400, "a CRLF in a quoted extension", "1;a=\"\r\n\"\r\na\r\n0\r\n\r\n"),
        refused(400, "an extension without name", "1;\r\na\r\n0\r\n\r\n"),
        refused(400, "an extension without value", "1;a=\r\na\r\n0\r\n\r\n"),
        refused(400, "a space behind the value of an extension", "1;a=b ;c\r\na\r\n0\r\n\r\n"),
        refused(400, "a byte above ASCII in an extension", "1;a=\"\u00e4\"\r\na\r\n0\r\n\r\n"),
        refused(400, "NUL in an extension", "1;a\u0000\r\na\r\n0\r\n\r\n"),
        refused(400, "10,000 bytes of extensions", "1;" + "a".repeat(10_000) + "\r\na\r\n"),
        refused(400, "junk behind the size", "1 junk\r\na\r\n0\r\n\r\n"),
        refused(400, "a folded trailer", "0\r\nX: a\r\n b\r\n\r\n"),
        refused(400, "a space before the colon of a trailer", "0\r\nX : a\r\n\r\n"),
        refused(400, "a trailer without name", "0\r\n: a\r\n\r\n"),
        refused(400, "a trailer without colon", "0\r\nGET / HTTP/1.1\r\n\r\n"),
        refused(400, "a bare LF in a trailer", "0\r\nX: a\nY: b\r\n\r\n"),
        refused(400, "a bare CR in a trailer", "0\r\nX: a\rY: b\r\n\r\n"),
        refused(400, "10,000 bytes of trailers", "0\r\n" + "X: a\r\n".repeat(2_000) + "\r\n"));
  }
}
