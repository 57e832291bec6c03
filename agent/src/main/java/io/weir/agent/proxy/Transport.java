package io.weir.agent.proxy;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.NetUtil;
import io.weir.agent.l4.Accepts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.function.BiFunction;

/** The sockets under the data path: epoll where the event loops are epoll's, NIO elsewhere. */
final class Transport {
  private static final int BACKLOG = 4096;

  /** The default of 64 KiB makes every 64 KiB response wait for the client once. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(128 << 10, 256 << 10);

  private final boolean epoll;
  private final AddressResolverGroup<InetSocketAddress> resolver;

  /**
   * @param epoll whether the event loops are of the epoll transport
   * @param resolver does not block
   */
  Transport(boolean epoll, AddressResolverGroup<InetSocketAddress> resolver) {
    this.epoll = epoll;
    this.resolver = resolver;
  }

  /** Whether several sockets of this process can accept on one address (SO_REUSEPORT). */
  boolean sharesPorts() {
    return epoll;
  }

  /**
   * SO_REUSEPORT would let us join another process of the same user on its address, unnoticed by
   * either. So first without.
   *
   * @throws IOException when somebody listens there
   */
  void checkFree(Bind bind) throws IOException {
    if (epoll) {
      try (ServerSocket probe = new ServerSocket()) {
        probe.setReuseAddress(true);
        probe.bind(new InetSocketAddress(bind.host(), bind.port()), 1);
      }
    }
  }

  /** Accepts on the loop with that index. */
  ChannelFuture listen(
      Bind bind, int index, List<Loop> loops, BiFunction<Loop, Channel, ChannelHandler> handler) {
    Loop loop = loops.get(index);
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop.eventLoop())
            .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.RECVBUF_ALLOCATOR, Accepts.batch())
            .handler(new Acceptor(loop, loops, handler));
    if (epoll) {
      bootstrap.option(EpollChannelOption.SO_REUSEPORT, true);
    }
    return bootstrap.bind(new InetSocketAddress(bind.host(), bind.port()));
  }

  /** What every connection with a client has set. */
  static void configure(Channel client) {
    ChannelConfig config = client.config();
    config.setOption(ChannelOption.TCP_NODELAY, true);
    config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    config.setWriteBufferWaterMark(WATER_MARK);
  }

  /** Literal addresses are resolved here and now, names when they are connected to. */
  static InetSocketAddress address(String host, int port) {
    return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)
        ? new InetSocketAddress(NetUtil.createInetAddressFromIpAddressString(host), port)
        : InetSocketAddress.createUnresolved(host, port);
  }

  /** For upstream connections; to be cloned with a loop. */
  Bootstrap upstream() {
    return new Bootstrap()
        .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
        .resolver(resolver)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
  }
}
