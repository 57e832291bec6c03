package io.weir.agent.probe;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/**
 * A socket for ICMP echo, which Java has none of: a datagram socket (Linux: icmp(7), allowed by
 * net.ipv4.ping_group_range), or else a raw one (allowed by CAP_NET_RAW).
 */
final class EchoSocket implements AutoCloseable {
  private static final long SECRET = new SecureRandom().nextLong();

  /** How often the reader looks whether it is to end. */
  private static final int READ_SECONDS = 1;

  /** After an error of reading, ns, so that one that stays keeps no core busy. */
  private static final long PAUSE = 10_000_000;

  private final int descriptor;
  private final boolean six;
  private final boolean raw;
  private final LongConsumer answered;
  private volatile boolean closed;

  /** The kernel will not; {@code reason} says what. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    Refused(String reason) {
      super(reason);
    }

    String reason() {
      return String.valueOf(getMessage());
    }
  }

  private EchoSocket(int descriptor, boolean six, boolean raw, LongConsumer answered) {
    this.descriptor = descriptor;
    this.six = six;
    this.raw = raw;
    this.answered = answered;
  }

  /** Why this process cannot send echo requests over IPv4; empty: it can. */
  static Optional<String> whyNot() {
    try {
      LinuxSockets linux = linux();
      linux.close(made(linux, false).descriptor);
      return Optional.empty();
    } catch (Refused refused) {
      return Optional.of(refused.reason());
    }
  }

  private record Made(int descriptor, boolean raw) {}

  private static LinuxSockets linux() throws Refused {
    return LinuxSockets.get().orElseThrow(() -> new Refused("this system has no such sockets"));
  }

  private static Made made(LinuxSockets linux, boolean six) throws Refused {
    int datagram = linux.icmp(six, false);
    if (datagram >= 0) {
      return new Made(datagram, false);
    }
    int raw = linux.icmp(six, true);
    if (raw >= 0) {
      return new Made(raw, true);
    }
    if (raw == -LinuxSockets.EPERM || raw == -LinuxSockets.EACCES) {
      throw new Refused(
          "the kernel allows it neither echo requests (net.ipv4.ping_group_range)"
              + " nor raw sockets (CAP_NET_RAW)");
    }
    throw new Refused("no socket for " + (six ? "ICMPv6" : "ICMP") + ": " + linux.text(-raw));
  }

  /**
   * @param answered takes the numbers of replies, on a thread of the socket
   */
  static EchoSocket open(boolean six, LongConsumer answered) throws Refused {
    LinuxSockets linux = linux();
    Made made = made(linux, six);
    linux.readTimeout(made.descriptor, READ_SECONDS);
    EchoSocket socket = new EchoSocket(made.descriptor, six, made.raw, answered);
    Thread.ofPlatform().daemon().name("weir-icmp").start(socket::read);
    return socket;
  }

  /** Does not block. */
  void send(InetAddress to, long number) throws Refused {
    LinuxSockets linux = LinuxSockets.get().orElseThrow();
    byte[] packet = EchoPacket.request(six, (int) SECRET & 0xffff, SECRET, number);
    int errno = linux.send(descriptor, packet, to);
    if (errno != 0) {
      throw new Refused(linux.text(errno));
    }
  }

  private void read() {
    LinuxSockets linux = LinuxSockets.get().orElseThrow();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(2_048, ValueLayout.JAVA_LONG.byteAlignment());
      while (!closed) {
        int length = linux.receive(descriptor, buffer);
        if (length > 0) {
          EchoPacket.reply(buffer.asSlice(0, length).asByteBuffer(), six, raw, SECRET)
              .ifPresent(answered);
        } else if (length != -LinuxSockets.EAGAIN) {
          LockSupport.parkNanos(PAUSE);
        }
      }
    } finally {
      linux.close(descriptor);
    }
  }

  /** The descriptor is given back by the reader, within a second. */
  @Override
  public void close() {
    closed = true;
  }
}
