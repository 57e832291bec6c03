package io.weir.agent.l4;

import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import java.util.concurrent.TimeUnit;

/**
 * Takes the sockets out of accepted channels before these are registered with the event loop: from
 * then on they are ours alone.
 */
final class FdAcceptor extends ChannelInboundHandlerAdapter {
  private static final long PAUSE_MILLIS = 200;

  private final HostLoop loop;
  private final Sockets.Acceptor acceptor;
  private final Carriers carriers;

  FdAcceptor(HostLoop loop, Sockets.Acceptor acceptor, boolean splice) {
    carriers = new Carriers(splice);
    this.loop = loop;
    this.acceptor = acceptor;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    EpollSocketChannel child = (EpollSocketChannel) message;
    acceptor.accepted(
        loop,
        (on, owner) ->
            new EpollLink((Socket) child.fd(), child.remoteAddress(), carriers, on, owner));
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

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    carriers.close();
  }
}
