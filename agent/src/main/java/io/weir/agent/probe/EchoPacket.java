package io.weir.agent.probe;

import java.nio.ByteBuffer;
import java.util.OptionalLong;

/** An echo request and its reply. */
final class EchoPacket {
  private static final int HEADER = 8;
  private static final int LENGTH = HEADER + 16;

  private EchoPacket() {}

  /**
   * @param id which a datagram socket's kernel replaces by its own
   * @param secret of this process
   */
  static byte[] request(boolean six, int id, long secret, long number) {
    ByteBuffer packet = ByteBuffer.allocate(LENGTH);
    packet.put((byte) (six ? 128 : 8)).put((byte) 0).putShort((short) 0);
    packet.putShort((short) id).putShort((short) number).putLong(secret).putLong(number);
    if (!six) { // of IPv6 the kernel knows the addresses that are summed too
      packet.putShort(2, (short) checksum(packet.array()));
    }
    return packet.array();
  }

  /**
   * The number that was asked for; empty: it is no reply to a request of this process.
   *
   * @param raw with its IP header, if it is of IPv4
   */
  static OptionalLong reply(ByteBuffer packet, boolean six, boolean raw, long secret) {
    int at = packet.position();
    if (raw && !six && packet.hasRemaining()) {
      at += (packet.get(at) & 0xf) * 4;
    }
    if (packet.limit() - at < LENGTH
        || packet.get(at) != (byte) (six ? 129 : 0)
        || packet.getLong(at + HEADER) != secret) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(packet.getLong(at + HEADER + 8));
  }

  /** RFC 1071; of an even number of bytes. */
  static int checksum(byte[] bytes) {
    int sum = 0;
    for (int i = 0; i < bytes.length; i += 2) {
      sum += (bytes[i] & 0xff) << 8 | bytes[i + 1] & 0xff;
    }
    sum = (sum >>> 16) + (sum & 0xffff);
    sum += sum >>> 16;
    return ~sum & 0xffff;
  }
}
