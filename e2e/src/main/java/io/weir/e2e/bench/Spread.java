package io.weir.e2e.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Asks a contender for the port of the origin that answers, to see that it really balances. */
final class Spread {
  private static final int REQUESTS = 60;
  private static final int TIMEOUT = (int) Duration.ofSeconds(10).toMillis();

  private Spread() {}

  /**
   * How often each origin answered, by what it calls itself.
   *
   * @throws IllegalStateException when an answer is no 200
   */
  static Map<String, Integer> of(int port) {
    var answers = new TreeMap<String, Integer>();
    for (int i = 0; i < REQUESTS; i++) {
      answers.merge(who(port), 1, Integer::sum);
    }
    return answers;
  }

  /** What is wrong, or an empty string: every origin shall answer at least half its share. */
  static String judge(Map<String, Integer> answers, int origins) {
    int least = REQUESTS / origins / 2;
    return answers.size() == origins && answers.values().stream().allMatch(count -> count >= least)
        ? ""
        : "does not balance over its origins: " + answers;
  }

  private static String who(int port) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(TIMEOUT);
      socket
          .getOutputStream()
          .write(
              "GET /who HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      int body = answer.indexOf("\r\n\r\n");
      if (!answer.startsWith("HTTP/1.1 200 ") || body < 0) {
        throw new IllegalStateException("answered " + answer.lines().findFirst().orElse("nothing"));
      }
      return answer.substring(body).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
