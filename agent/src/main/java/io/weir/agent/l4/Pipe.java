package io.weir.agent.l4;

import io.netty.channel.epoll.Native;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;

/** A pipe(2): splice(2) moves what sockets have received through it without copying. */
final class Pipe implements Carrier {
  /**
   * Asked of one splice(2): more than the size of a pipe, for each of its slots counts as a page
   * but takes a whole fragment of what was received, however large.
   */
  private static final int MOST = 1 << 20;

  private final FileDescriptor out;
  private final FileDescriptor in;
  private int held;

  private Pipe(FileDescriptor out, FileDescriptor in) {
    this.out = out;
    this.in = in;
  }

  static Pipe open() throws IOException {
    Pipe pipe = small();
    PipeSize.enlarge(pipe.in);
    return pipe;
  }

  /** One before it is needed, for the first takes a while; none when there are no descriptors. */
  static List<Pipe> openEarly() {
    try {
      return List.of(open());
    } catch (IOException outOfDescriptors) {
      return List.of();
    }
  }

  private static Pipe small() throws IOException {
    FileDescriptor[] ends = FileDescriptor.pipe();
    return new Pipe(ends[0], ends[1]);
  }

  @Override
  public int fill(Socket from) throws IOException {
    held = Native.splice(from.intValue(), -1, in.intValue(), -1, MOST);
    return held;
  }

  @Override
  public int drain(Socket to) throws IOException {
    int written = Native.splice(out.intValue(), -1, to.intValue(), -1, held);
    held -= written;
    return written;
  }

  @Override
  public boolean isEmpty() {
    return held == 0;
  }

  @Override
  public void close() {
    try {
      out.close();
      in.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a descriptor that is not ours to close: a bug
    }
  }

  /** Whether the kernel, and whatever guards it, lets this process splice. */
  static boolean canSplice() {
    try {
      Pipe one = small();
      Pipe other = small();
      try {
        ByteBuffer data = ByteBuffer.allocateDirect(1);
        return one.in.write(data, 0, 1) == 1
            && Native.splice(one.out.intValue(), -1, other.in.intValue(), -1, 1) == 1;
      } finally {
        one.close();
        other.close();
      }
    } catch (IOException | LinkageError e) {
      return false;
    }
  }
}
