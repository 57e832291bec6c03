package io.weir.controller.snapshot;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * What stands for an agent's labels, and for the staged changes that it runs, in what it is sent
 * and says it runs: the first 96 bits of the SHA-256 over both in order, in 16 characters.
 */
final class Scopes {
  private static final int BYTES = 12;

  private Scopes() {}

  static String of(Map<String, String> labels, SortedSet<Long> staged) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
    new TreeMap<>(labels)
        .forEach((key, value) -> {
          // Neither keys nor values of labels hold a NUL.
          digest.update((key + '\0' + value + '\0').getBytes(StandardCharsets.UTF_8));
        });
    for (long number : staged) {
      digest.update(ByteBuffer.allocate(2 + Long.BYTES).putShort((short) 0).putLong(number).flip());
    }
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(Arrays.copyOf(digest.digest(), BYTES));
  }
}
