package io.weir.agent.l4;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.unix.Socket;
import java.io.IOException;

/** Memory of this process: cheaper than a pipe for a few bytes at a time. */
final class Chunk implements Carrier {
  static final int BYTES = 16 << 10;

  private final ByteBuf memory = PooledByteBufAllocator.DEFAULT.directBuffer(BYTES, BYTES);

  @Override
  public int fill(Socket from) throws IOException {
    memory.clear();
    int read = from.recvAddress(memory.memoryAddress(), 0, BYTES);
    memory.writerIndex(Math.max(read, 0));
    return read;
  }

  @Override
  public int drain(Socket to) throws IOException {
    int written =
        to.sendAddress(memory.memoryAddress(), memory.readerIndex(), memory.writerIndex());
    memory.skipBytes(written);
    return written;
  }

  @Override
  public boolean isEmpty() {
    return !memory.isReadable();
  }

  @Override
  public void close() {
    memory.release();
  }
}
