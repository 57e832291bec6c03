package io.weir.e2e.delivery;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** As much of HTTP/2 (RFC 9113) and gRPC as one stream of a client needs. Pure. */
final class Frames {
  static final int HEAD = 9;
  static final int GRPC_HEAD = 5;
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int ACK = 1;
  static final int END_STREAM = 1;

  private static final int END_HEADERS = 4;
  private static final int WINDOW_UPDATE = 8;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int STREAM = 1;

  /** So large that no update of a window is ever due. */
  private static final int WINDOW = 1 << 30;

  private Frames() {}

  /** All that a client says before its first message. */
  static byte[] opening(String authority, String path) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(
        frame(SETTINGS, 0, 0, 6).putShort((short) INITIAL_WINDOW_SIZE).putInt(WINDOW).array());
    out.writeBytes(frame(WINDOW_UPDATE, 0, 0, 4).putInt(WINDOW).array());
    byte[] headers = headers(authority, path);
    out.writeBytes(frame(HEADERS, END_HEADERS, STREAM, headers.length).put(headers).array());
    return out.toByteArray();
  }

  /** By HPACK (RFC 7541) without its table and without Huffman's code. */
  private static byte[] headers(String authority, String path) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x83); // :method POST
    out.write(0x86); // :scheme http
    out.write(0x04); // :path
    string(out, path);
    out.write(0x01); // :authority
    string(out, authority);
    out.write(0x0F); // content-type, 15 + 16
    out.write(0x10);
    string(out, "application/grpc");
    out.write(0x00);
    string(out, "te");
    string(out, "trailers");
    return out.toByteArray();
  }

  private static void string(ByteArrayOutputStream out, String text) {
    out.write(text.length());
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** One gRPC message in one frame. */
  static byte[] message(byte[] message) {
    return frame(DATA, 0, STREAM, GRPC_HEAD + message.length)
        .put((byte) 0)
        .putInt(message.length)
        .put(message)
        .array();
  }

  static byte[] settingsAck() {
    return frame(SETTINGS, ACK, 0, 0).array();
  }

  /**
   * @param opaque the 8 bytes that came
   */
  static byte[] pingAck(byte[] opaque) {
    return frame(PING, ACK, 0, opaque.length).put(opaque).array();
  }

  /** With room for the payload after its head. */
  private static ByteBuffer frame(int type, int flags, int stream, int length) {
    return ByteBuffer.allocate(HEAD + length)
        .put((byte) (length >> 16))
        .put((byte) (length >> 8))
        .put((byte) length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream);
  }
}
