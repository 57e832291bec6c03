package io.weir.agent.l4;

import io.netty.channel.unix.FileDescriptor;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Gives pipes more slots than they have at first, by fcntl(2), which Java has no call for. */
final class PipeSize {
  /**
   * 64 slots instead of 16, for half as many calls. More would soon use up what all pipes of a user
   * may have (pipe(7): 16,384 slots), and then new ones get two.
   */
  private static final int BYTES = 256 << 10;

  private static final int F_SETPIPE_SZ = 1031;

  private static final Optional<MethodHandle> FCNTL = fcntl();

  private PipeSize() {}

  private static Optional<MethodHandle> fcntl() {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> address = linker.defaultLookup().find("fcntl");
    return address.map(found ->
        linker.downcallHandle(
            found,
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2)));
  }

  static void enlarge(FileDescriptor pipe) {
    FCNTL.ifPresent(fcntl -> {
      try {
        // It fails when the user's pipes hold as much as they may (pipe(7)): no harm.
        int _ = (int) fcntl.invokeExact(pipe.intValue(), F_SETPIPE_SZ, BYTES);
      } catch (Throwable impossible) {
        throw new IllegalStateException(impossible);
      }
    });
  }
}
