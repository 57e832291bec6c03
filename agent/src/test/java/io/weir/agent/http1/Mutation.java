package io.weir.agent.http1;

import java.util.Arrays;
import java.util.Random;

/** Small changes to bytes, of the kinds that parsers of HTTP have stumbled over. */
final class Mutation {
  private static final byte[] BYTES =
      Reading.bytes("\r\n\r\n \t:,;/.%?#@*=\"\\0123aA\u0000\u007f\u00ff");
  private static final String[] WORDS = {
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    " ",
    "HTTP/1.1",
    "HTTP/1.0",
    "chunked",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 5\r\n",
    "Host: h\r\n",
    "0\r\n\r\n",
    "Connection: close\r\n",
    "Expect: 100-continue\r\n",
    "//",
    "/../",
    "%2e"
  };

  private Mutation() {}

  /** One to three changes. */
  static byte[] of(byte[] original, Random random) {
    byte[] b = original;
    for (int i = random.nextInt(3); i >= 0; i--) {
      b = once(b, random);
    }
    return b;
  }

  private static byte[] once(byte[] b, Random random) {
    int at = random.nextInt(b.length + 1);
    int to = Math.min(b.length, at + 1 + random.nextInt(random.nextInt(10) == 0 ? 20 : 2));
    return switch (random.nextInt(6)) {
      case 0 -> splice(b, at, at, new byte[] {BYTES[random.nextInt(BYTES.length)]});
      case 1 -> splice(b, at, to, new byte[] {BYTES[random.nextInt(BYTES.length)]});
      case 2 -> splice(b, at, to, new byte[0]);
      case 3 -> splice(b, to, to, Arrays.copyOfRange(b, at, to));
      case 4 -> splice(b, at, at, Reading.bytes(WORDS[random.nextInt(WORDS.length)]));
      default -> splice(b, at, to, new byte[] {(byte) random.nextInt(256)});
    };
  }

  private static byte[] splice(byte[] b, int from, int to, byte[] with) {
    byte[] result = new byte[b.length - (to - from) + with.length];
    System.arraycopy(b, 0, result, 0, from);
    System.arraycopy(with, 0, result, from, with.length);
    System.arraycopy(b, to, result, from + with.length, b.length - to);
    return result;
  }
}
