package io.weir.agent.control;

import com.google.protobuf.InvalidProtocolBufferException;
import io.weir.v1.Snapshot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A snapshot as bytes of which any damage shows: 8 bytes {@code "WEIRLG01"}; 4 bytes length L of
 * the payload, big endian; L bytes, a weir.v1.Snapshot; 4 bytes CRC-32C (RFC 3720) of all before
 * it. Pure.
 */
final class SnapshotFile {
  private static final byte[] MAGIC = "WEIRLG01".getBytes(StandardCharsets.US_ASCII);
  private static final int HEAD = MAGIC.length + Integer.BYTES;
  private static final int OVERHEAD = HEAD + Integer.BYTES;

  private SnapshotFile() {}

  static ByteBuffer encode(Snapshot snapshot) {
    byte[] payload = snapshot.toByteArray();
    ByteBuffer bytes = ByteBuffer.allocate(payload.length + OVERHEAD);
    bytes.put(MAGIC).putInt(payload.length).put(payload);
    bytes.putInt(crc(bytes.array(), bytes.position()));
    return bytes.flip();
  }

  /**
   * @throws IOException when the bytes are not whole and unchanged; the message says how
   */
  static Snapshot decode(byte[] bytes) throws IOException {
    if (bytes.length < OVERHEAD) {
      throw new IOException("cut short at " + bytes.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte[] magic = new byte[MAGIC.length];
    in.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new IOException("not a snapshot file of this version");
    }
    int length = in.getInt();
    if (length != bytes.length - OVERHEAD) {
      throw new IOException(
          "%d bytes long instead of %d".formatted(bytes.length, (long) length + OVERHEAD));
    }
    if (in.getInt(HEAD + length) != crc(bytes, HEAD + length)) {
      throw new IOException("its checksum is wrong");
    }
    try {
      return Snapshot.parseFrom(in.slice(HEAD, length));
    } catch (InvalidProtocolBufferException e) {
      throw new IOException("its content is no snapshot: " + e.getMessage(), e);
    }
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
