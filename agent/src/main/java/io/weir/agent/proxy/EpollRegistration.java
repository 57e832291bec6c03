package io.weir.agent.proxy;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.Native;
import io.netty.channel.socket.DuplexChannel;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Keeps a channel in its loop's epoll set while it waits for nothing. Netty 4.2.18 takes a file
 * descriptor out of the set when no event is left to wait for, as when a peer has closed its side
 * while reading is paused, and then fails to bring it back: reading on or waiting to write ends the
 * connection, and with it what had not been read. Asking for edges keeps the set of events from
 * being empty; and what is reported whether asked for or not, the end of a connection, is then told
 * once, not over and over for as long as nothing is read or written.
 */
final class EpollRegistration {
  private static final MethodHandle SET_FLAG = method("setFlag");
  private static final MethodHandle CLEAR_FLAG = method("clearFlag");

  private EpollRegistration() {}

  private static MethodHandle method(String name) {
    MethodType type = MethodType.methodType(void.class, int.class);
    try {
      // AbstractEpollChannel, which is not public.
      Class<?> owner = EpollSocketChannel.class.getSuperclass().getSuperclass();
      return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
          .findVirtual(owner, name, type)
          .asType(type.insertParameterTypes(0, EpollSocketChannel.class));
    } catch (ReflectiveOperationException another) {
      throw new ExceptionInInitializerError(another);
    }
  }

  /** On the channel's loop, before it stops to read or when its peer has closed its side. */
  static void keep(Channel channel) {
    edges(channel, SET_FLAG);
  }

  /** On the channel's loop, after it has begun to read again: one event for as long as need be. */
  static void reads(Channel channel) {
    if (channel instanceof DuplexChannel duplex && !duplex.isInputShutdown()) {
      edges(channel, CLEAR_FLAG);
    }
  }

  private static void edges(Channel channel, MethodHandle change) {
    if (channel instanceof EpollSocketChannel epoll && epoll.isOpen()) {
      try {
        change.invokeExact(epoll, Native.EPOLLET);
      } catch (Throwable closed) {
        Channels.close(channel);
      }
    }
  }
}
