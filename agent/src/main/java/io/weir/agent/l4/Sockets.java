package io.weir.agent.l4;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.NetUtil;
import io.weir.agent.model.Endpoint;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sockets under layer 4: epoll and splice(2) where the event loops are epoll's, NIO elsewhere.
 */
public final class Sockets {
  /** How bytes of TCP get from one connection to the other. */
  public enum Relay {
    /** Much of it within the kernel, where event loop and kernel can; otherwise as COPY. */
    SPLICE,
    /** Through this process. */
    COPY
  }

  private static final int BACKLOG = 4096;

  /** What may wait for a slow reader in this process, when bytes go through it. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 << 10, 128 << 10);

  private static final WriteBufferWaterMark DATAGRAM_WATER_MARK =
      new WriteBufferWaterMark(256 << 10, 512 << 10);

  /** No datagram is larger. */
  private static final int LARGEST_DATAGRAM = 65_535;

  private static final int DATAGRAMS_PER_READ = 64;

  private final boolean epoll;
  private final boolean splice;
  private final AddressResolverGroup<InetSocketAddress> resolver;

  /**
   * @param epoll whether the event loops are of the epoll transport
   * @param resolver does not block
   */
  public Sockets(boolean epoll, Relay relay, AddressResolverGroup<InetSocketAddress> resolver) {
    this.epoll = epoll;
    this.splice = epoll && relay == Relay.SPLICE && Pipe.canSplice();
    this.resolver = resolver;
  }

  /** Whether several sockets of this process can have one address (SO_REUSEPORT). */
  boolean sharesPorts() {
    return epoll;
  }

  /**
   * SO_REUSEPORT would let us join another process of the same user on its address, unnoticed by
   * either. So first without.
   *
   * @throws IOException when somebody has it
   */
  void checkTcpFree(InetSocketAddress address) throws IOException {
    if (epoll) {
      try (ServerSocket probe = new ServerSocket()) {
        probe.setReuseAddress(true);
        probe.bind(address, 1);
      }
    }
  }

  /** As {@link #checkTcpFree}. */
  void checkUdpFree(InetSocketAddress address) throws IOException {
    if (epoll) {
      try (DatagramSocket probe = new DatagramSocket(null)) {
        probe.setReuseAddress(false);
        probe.bind(address);
      }
    }
  }

  /**
   * Gives the address of {@code endpoint}, null when its name has none: at once, or later on the
   * same loop.
   */
  void resolve(EventLoop loop, Endpoint endpoint, Consumer<@Nullable InetSocketAddress> address) {
    String host = endpoint.host();
    if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
      address.accept(
          new InetSocketAddress(
              NetUtil.createInetAddressFromIpAddressString(host), endpoint.port()));
      return;
    }
    resolver
        .getResolver(loop)
        .resolve(InetSocketAddress.createUnresolved(host, endpoint.port()))
        .addListener((io.netty.util.concurrent.Future<InetSocketAddress> found) ->
            address.accept(found.isSuccess() ? found.getNow() : null));
  }

  /** For the connections of one loop. */
  Carriers carriers() {
    return new Carriers(splice);
  }

  /** A client's connection that nobody has taken yet. */
  interface Accepted {
    Link link(Carriers carriers, Link.Owner owner);
  }

  /** Has a say in which loop gets a connection, and is told of each. */
  interface Acceptor {
    /** Called on {@code own}, the loop whose socket has accepted. */
    HostLoop choose(HostLoop own);

    /** Called on {@code loop}. */
    void accepted(HostLoop loop, Accepted connection);
  }

  /** Accepts on the loop with that index; where ports are not shared, for all loops in turn. */
  ChannelFuture listen(
      InetSocketAddress address, int index, List<HostLoop> loops, Acceptor acceptor) {
    EventLoop loop = loops.get(index).eventLoop();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop, epoll ? loop : loop.parent())
            .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.RECVBUF_ALLOCATOR, Accepts.batch())
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    HostLoop home = loopOf(channel.eventLoop(), loops);
                    acceptor.accepted(
                        home,
                        (carriers, owner) -> new ChannelLink(channel, upstream(home), home, owner));
                  }
                });
    if (epoll) {
      bootstrap
          .option(EpollChannelOption.SO_REUSEPORT, true)
          .handler(new FdAcceptor(loops.get(index), acceptor));
    }
    return bootstrap.bind(address);
  }

  @SuppressWarnings("ReferenceEquality") // that very one
  private static HostLoop loopOf(EventLoop eventLoop, List<HostLoop> loops) {
    for (HostLoop loop : loops) {
      if (loop.eventLoop() == eventLoop) {
        return loop;
      }
    }
    throw new IllegalStateException("accepted on a loop that is not ours");
  }

  private static Bootstrap upstream(HostLoop loop) {
    return new Bootstrap()
        .group(loop.eventLoop())
        .channel(NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
  }

  /**
   * Neither registered nor bound nor connected.
   *
   * @param shared by sockets of other loops, where ports are shared
   */
  DatagramChannel datagrams(boolean shared) {
    DatagramChannel channel = epoll ? new EpollDatagramChannel() : new NioDatagramChannel();
    // Each datagram whole, whatever its size; the buffer goes on as it is and is free soon after.
    var reads = new FixedRecvByteBufAllocator(LARGEST_DATAGRAM);
    reads.maxMessagesPerRead(DATAGRAMS_PER_READ);
    channel.config().setOption(ChannelOption.RECVBUF_ALLOCATOR, reads);
    channel.config().setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, DATAGRAM_WATER_MARK);
    if (epoll && shared) {
      channel.config().setOption(EpollChannelOption.SO_REUSEPORT, true);
    }
    return channel;
  }
}
