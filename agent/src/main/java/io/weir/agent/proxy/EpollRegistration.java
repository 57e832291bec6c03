package io.weir.agent.proxy;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.Native;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Keeps a channel in its loop's epoll set while it waits for nothing. Netty 4.2.18 takes a file
 * descriptor out of the set when no event is left to wait for, as when a peer has closed its side
 * while reading is paused, and then fails to bring it back: reading on or waiting to write ends the
 * connection, and with it what had not been read. Errors are always reported, so that asking for
 * them changes nothing but that the set of events is never empty.
 */
final class EpollRegistration {
  private static final MethodHandle SET_FLAG = setFlag();

  private EpollRegistration() {}

  private static MethodHandle setFlag() {
    MethodType type = MethodType.methodType(void.class, int.class);
    try {
      // AbstractEpollChannel, which is not public.
      Class<?> owner = EpollSocketChannel.class.getSuperclass().getSuperclass();
      return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
          .findVirtual(owner, "setFlag", type)
          .asType(type.insertParameterTypes(0, EpollSocketChannel.class));
    } catch (ReflectiveOperationException another) {
      throw new ExceptionInInitializerError(another);
    }
  }

  /** On the channel's loop, before it stops to read or when its peer has closed its side. */
  static void keep(Channel channel) {
    if (channel instanceof EpollSocketChannel epoll && epoll.isOpen()) {
      try {
        SET_FLAG.invokeExact(epoll, Native.EPOLLERR);
      } catch (Throwable closed) {
        Channels.close(channel);
      }
    }
  }
}
