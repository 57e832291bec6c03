package io.weir.controller.store;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A value of the embedded store's file behind its checksum, 4 bytes of CRC-32C over key and value:
 * the file's own checks are of its structure, and what lies in a page is given back as it is.
 */
final class Checked {
  private Checked() {}

  static byte[] wrap(byte[] key, byte[] value) {
    return ByteBuffer.allocate(Integer.BYTES + value.length)
        .putInt(checksum(key, ByteBuffer.wrap(value)))
        .put(value)
        .array();
  }

  /** The value; empty: it, or its key, is not what was written. */
  static Optional<ByteBuffer> unwrap(byte[] key, byte[] wrapped) {
    if (wrapped.length < Integer.BYTES) {
      return Optional.empty();
    }
    ByteBuffer value = ByteBuffer.wrap(wrapped);
    int checksum = value.getInt();
    return checksum == checksum(key, value.duplicate())
        ? Optional.of(value.slice())
        : Optional.empty();
  }

  private static int checksum(byte[] key, ByteBuffer value) {
    CRC32C crc = new CRC32C();
    crc.update(key);
    crc.update(value);
    return (int) crc.getValue();
  }
}
