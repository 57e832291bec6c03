package io.weir.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.weir.agent.http1.BodyTracker;
import java.nio.ByteBuffer;

/** Joining and rewriting buffers without copying what need not be. */
final class Buffers {
  private Buffers() {}

  /** {@code a} then {@code b}, both given up; only used while a head is incomplete. */
  static ByteBuf join(ByteBufAllocator alloc, ByteBuf a, ByteBuf b) {
    if (a.refCnt() == 1 && a.maxWritableBytes() >= b.readableBytes() && !a.isReadOnly()) {
      a.writeBytes(b);
      b.release();
      return a;
    }
    ByteBuf joined = alloc.directBuffer(2 * (a.readableBytes() + b.readableBytes()));
    joined.writeBytes(a).writeBytes(b);
    a.release();
    b.release();
    return joined;
  }

  /**
   * {@code in} with the head before {@code headEnd} replaced by the first {@code length} bytes of
   * {@code head}: in place, ending where the old one ended, when there is room.
   */
  static ByteBuf replaceHead(
      ByteBufAllocator alloc, ByteBuf in, int headEnd, byte[] head, int length) {
    int at = headEnd - length;
    if (at >= 0) {
      in.setBytes(at, head, 0, length);
      return in.readerIndex(at);
    }
    ByteBuf out = alloc.directBuffer(length + in.writerIndex() - headEnd);
    out.writeBytes(head, 0, length).writeBytes(in, headEnd, in.writerIndex() - headEnd);
    in.release();
    return out;
  }

  /** How many of the {@code available} bytes at {@code index} belong to the body. */
  static int take(BodyTracker body, ByteBuf in, int index, int available) {
    if (!body.chunked()) {
      return body.take(available);
    }
    ByteBuffer bytes = in.internalNioBuffer(index, available);
    int before = bytes.position();
    body.take(bytes, null);
    return bytes.position() - before;
  }
}
