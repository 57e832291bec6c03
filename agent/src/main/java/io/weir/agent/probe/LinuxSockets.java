package io.weir.agent.probe;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Optional;

/**
 * The few calls of Linux's socket(7) that ICMP needs. Where a call gives a number it gives the
 * negative errno on failure.
 */
final class LinuxSockets {
  static final int EPERM = 1;
  static final int EAGAIN = 11;
  static final int EACCES = 13;

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int IPPROTO_ICMP = 1;
  private static final int IPPROTO_ICMPV6 = 58;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int MSG_DONTWAIT = 0x40;

  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO_OF =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final Optional<LinuxSockets> HERE = here();

  private final MethodHandle socket;
  private final MethodHandle setsockopt;
  private final MethodHandle sendto;
  private final MethodHandle recv;
  private final MethodHandle close;
  private final MethodHandle strerror;

  private LinuxSockets() {
    socket = call("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), ERRNO);
    setsockopt =
        call(
            "setsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT),
            ERRNO);
    sendto =
        call(
            "sendto",
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT),
            ERRNO);
    recv =
        call(
            "recv",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT),
            ERRNO);
    close = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    strerror = call("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));
  }

  private static MethodHandle call(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().find(name).orElseThrow(), descriptor, options);
  }

  private static Optional<LinuxSockets> here() {
    boolean linux = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux");
    return linux ? Optional.of(new LinuxSockets()) : Optional.empty();
  }

  /** Empty: it is not Linux. */
  static Optional<LinuxSockets> get() {
    return HERE;
  }

  /** A descriptor. */
  int icmp(boolean six, boolean raw) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int made =
          (int)
              socket.invokeExact(
                  state,
                  six ? AF_INET6 : AF_INET,
                  (raw ? SOCK_RAW : SOCK_DGRAM) | SOCK_CLOEXEC,
                  six ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
      return made < 0 ? -errno(state) : made;
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** For {@link #receive}. */
  void readTimeout(int descriptor, int seconds) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment timeval = arena.allocate(JAVA_LONG, 2);
      timeval.setAtIndex(JAVA_LONG, 0, seconds);
      int _ =
          (int)
              setsockopt.invokeExact(
                  state, descriptor, SOL_SOCKET, SO_RCVTIMEO, timeval, (int) timeval.byteSize());
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** 0, or errno. Does not block. */
  int send(int descriptor, byte[] packet, InetAddress to) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, packet);
      MemorySegment address = arena.allocateFrom(ValueLayout.JAVA_BYTE, sockaddr(to));
      long sent =
          (long)
              sendto.invokeExact(
                  state,
                  descriptor,
                  data,
                  (long) packet.length,
                  MSG_DONTWAIT,
                  address,
                  (int) address.byteSize());
      return sent < 0 ? errno(state) : 0;
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** sockaddr_in, or sockaddr_in6. */
  private static byte[] sockaddr(InetAddress to) {
    boolean six = to instanceof Inet6Address;
    ByteBuffer address = ByteBuffer.allocate(six ? 28 : 16).order(ByteOrder.nativeOrder());
    address.putShort((short) (six ? AF_INET6 : AF_INET)).putShort((short) 0);
    if (to instanceof Inet6Address scoped) {
      address.putInt(0).put(to.getAddress()).putInt(scoped.getScopeId());
    } else {
      address.put(to.getAddress());
    }
    return address.array();
  }

  /** How many bytes came. Blocks up to the read timeout. */
  int receive(int descriptor, MemorySegment into) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long got = (long) recv.invokeExact(state, descriptor, into, into.byteSize(), 0);
      return got < 0 ? -errno(state) : (int) got;
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  void close(int descriptor) {
    try {
      int _ = (int) close.invokeExact(descriptor);
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** As in "network is unreachable". */
  String text(int errno) {
    try {
      MemorySegment text = (MemorySegment) strerror.invokeExact(errno);
      return text.reinterpret(256).getString(0).toLowerCase(Locale.ROOT);
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static int errno(MemorySegment state) {
    return (int) ERRNO_OF.get(state, 0L);
  }
}
