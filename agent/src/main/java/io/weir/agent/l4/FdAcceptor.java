package io.weir.agent.l4;

import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * Takes the sockets out of accepted channels before these are registered with the event loop: from
 * then on they are ours alone.
 */
final class FdAcceptor extends ChannelInboundHandlerAdapter {
  private static final long PAUSE_MILLIS = 200;

  private final HostLoop loop;
  private final Sockets.Acceptor acceptor;

  FdAcceptor(HostLoop loop, Sockets.Acceptor acceptor) {
    this.loop = loop;
    this.acceptor = acceptor;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    EpollSocketChannel child = (EpollSocketChannel) message;
    Socket socket = (Socket) child.fd();
    InetSocketAddress client = child.remoteAddress();
    HostLoop serving = acceptor.choose(loop);
    Sockets.Accepted accepted =
        (carriers, owner) -> new EpollLink(socket, client, carriers, serving, owner);
    if (serving.eventLoop().inEventLoop()) {
      acceptor.accepted(serving, accepted);
    } else {
      serving.eventLoop().execute(() -> acceptor.accepted(serving, accepted));
    }
  }

  /** As when accepting fails for want of descriptors: pauses, so that it does not spin. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    ChannelConfig config = context.channel().config();
    if (config.isAutoRead()) {
      config.setAutoRead(false);
      var _ =
          context
              .channel()
              .eventLoop()
              .schedule(() -> config.setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
