package io.weir.agent.balance;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a client's cookie says of an endpoint: 64 bits of a digest of the pool's name and the
 * endpoint's address, in 16 hexadecimal digits. The same on every agent; not 0.
 */
public final class Token {
  private static final int DIGITS = 16;

  private Token() {}

  static long of(String pool, String address) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(pool.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      byte[] bytes = digest.digest(address.getBytes(StandardCharsets.UTF_8));
      long token = 0;
      for (int i = 0; i < 8; i++) {
        token = token << 8 | bytes[i] & 0xFF;
      }
      return token == 0 ? 1 : token;
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible); // every Java has it
    }
  }

  /** As in a cookie. */
  public static String text(long token) {
    return HexFormat.of().toHexDigits(token);
  }

  /** Of the bytes from {@code from} to before {@code to}; 0: they are no token. */
  public static long parse(byte[] b, int from, int to) {
    if (to - from != DIGITS) {
      return 0;
    }
    long token = 0;
    for (int i = from; i < to; i++) {
      int digit = Character.digit(b[i], 16);
      if (digit < 0) {
        return 0;
      }
      token = token << 4 | digit;
    }
    return token;
  }
}
