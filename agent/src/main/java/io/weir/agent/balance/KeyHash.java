package io.weir.agent.balance;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Hashes of keys: the same on every agent, well mixed, never 0. Not for what an adversary chooses
 * keys to collide in; who balances by a client's words lets clients choose their endpoint anyway.
 */
public final class KeyHash {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long SEED = 0xA0761D6478BD642FL;
  private static final long FACTOR = 0xE7037ED1A0B428DBL;

  private KeyHash() {}

  /** Of the bytes from {@code from} to before {@code to}. */
  public static long of(byte[] b, int from, int to) {
    long hash = SEED ^ (to - from);
    int at = from;
    for (; at + 8 <= to; at += 8) {
      hash = fold(hash ^ (long) LONGS.get(b, at));
    }
    long rest = 0;
    for (int shift = 0; at < to; at++, shift += 8) {
      rest |= (b[at] & 0xFFL) << shift;
    }
    hash = Mix.mix(fold(hash ^ rest) ^ hash);
    return hash == 0 ? 1 : hash;
  }

  public static long of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return of(bytes, 0, bytes.length);
  }

  /** Both halves of the product (as wyhash does). */
  private static long fold(long value) {
    return value * FACTOR ^ Math.unsignedMultiplyHigh(value, FACTOR);
  }
}
