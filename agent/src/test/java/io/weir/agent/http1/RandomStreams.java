package io.weir.agent.http1;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/** Bytes of connections: a few messages, mostly in good order, then a few bytes of them changed. */
final class RandomStreams {
  private static final String[] METHODS = {"GET", "POST", "PUT", "HEAD", "OPTIONS", "PATCH", "M-X"};
  private static final String[] TARGETS = {
    "/", "/a?b=c", "*", "http://h/x", "/%2e%2e/a", "//", "/a;b", "h:80", "/\"<>\\^`{|}", "HTTP/1.1"
  };
  private static final String[] STATUSES = {
    "200 OK",
    "200",
    "404 Not Found",
    "204 No Content",
    "304 Not Modified",
    "100 Continue",
    "103 E",
    "500 ",
    "101 Switching Protocols",
    "302 \u00e4\t"
  };
  private static final String[] FIELDS = {
    "Accept: */*",
    "X:",
    "X: \t a b \t",
    "x-'!#$%&*+.^_`|~0: y",
    "Connection: close, X",
    "Connection: keep-alive",
    "Expect: 100-continue",
    "Cookie: a=b; c=\"\u00e4\u00ff\"",
    "User-Agent: curl/8",
    "Trailer: X",
    "TE: trailers",
    "Upgrade: websocket",
    "Sec-WebSocket-Key1: 1",
    "Sec-WebSocket-Key2: 2",
    "Host: other",
    "Content-Length: 3",
    "Content-Length:0",
    "Content-Length: 007",
    "Content-Length: 1, 1",
    "content-length: +1",
    "Transfer-Encoding: chunked",
    "transfer-encoding:\tCHUNKED ",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: identity",
    "Transfer-Encoding : chunked",
    " folded"
  };

  private final Random random;

  RandomStreams(long seed) {
    random = new Random(seed);
  }

  byte[] next() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    boolean responses = random.nextInt(4) == 0;
    for (int n = random.nextInt(4); n >= 0; n--) {
      bytes.writeBytes(Reading.bytes(message(responses)));
    }
    byte[] stream = bytes.toByteArray();
    return random.nextInt(4) == 0 ? stream : Mutation.of(stream, random);
  }

  private String one(String[] of) {
    return of[random.nextInt(of.length)];
  }

  private String message(boolean response) {
    StringBuilder s = new StringBuilder();
    if (!response && random.nextInt(8) == 0) {
      s.append("\r\n".repeat(1 + random.nextInt(3)));
    }
    String version = random.nextInt(6) == 0 ? "HTTP/1.0" : "HTTP/1.1";
    s.append(
        response
            ? version + " " + one(STATUSES)
            : one(METHODS) + " " + one(TARGETS) + " " + version);
    s.append("\r\n");
    if (!response && random.nextInt(20) != 0) {
      s.append("Host: h").append(random.nextInt(3) == 0 ? ":80" : "").append("\r\n");
    }
    String body = "";
    int fields = random.nextInt(5);
    int framingAt = random.nextInt(fields + 1);
    for (int i = 0; i <= fields; i++) {
      if (i == framingAt) {
        body = framing(s);
      } else if (random.nextInt(8) == 0) {
        s.append(one(FIELDS)).append("\r\n");
      } else {
        s.append(FIELDS[random.nextInt(13)]).append("\r\n");
      }
    }
    return s.append("\r\n").append(body).toString();
  }

  /** Appends the field that announces a body, and gives the body. */
  private String framing(StringBuilder to) {
    return switch (random.nextInt(3)) {
      case 0 -> {
        String body = "GET / HTTP/1.1\r\n\r\n".substring(random.nextInt(18));
        to.append("Content-Length: ").append(body.length()).append("\r\n");
        yield body;
      }
      case 1 -> {
        to.append("Transfer-Encoding: chunked\r\n");
        yield ChunkTrackerTest.chunked(random);
      }
      default -> "";
    };
  }
}
