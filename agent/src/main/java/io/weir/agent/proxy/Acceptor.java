package io.weir.agent.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

/**
 * Takes what one listening socket accepts. The kernel deals connections out to the loops by a hash,
 * so that some get more than others; where that makes a difference a connection is given to the
 * loop that has the fewest, before it is first read from.
 */
final class Acceptor extends ChannelInboundHandlerAdapter {
  /** After a failure to accept, out of file descriptors most of all: a pause, not a spin. */
  private static final long PAUSE_MILLIS = 1000;

  private final Loop own;
  private final List<Loop> loops;
  private final BiFunction<Loop, Channel, ChannelHandler> handler;

  /**
   * @param own the loop that the socket is on
   * @param handler makes the handler of a connection; called on the loop that serves it
   */
  Acceptor(Loop own, List<Loop> loops, BiFunction<Loop, Channel, ChannelHandler> handler) {
    this.own = own;
    this.loops = loops;
    this.handler = handler;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    Channel client = (Channel) message;
    Transport.configure(client);
    Loop serving = choose();
    client
        .pipeline()
        .addLast(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(handler.apply(serving, channel));
              }
            });
    serving
        .eventLoop()
        .register(client)
        .addListener(registered -> {
          if (!registered.isSuccess()) {
            client.unsafe().closeForcibly();
          }
        });
  }

  private Loop choose() {
    Loop fewest = own;
    for (Loop loop : loops) {
      if (loop.connections() < fewest.connections()) {
        fewest = loop;
      }
    }
    int few = fewest.connections();
    return own.connections() - few > 1 + few / 16 ? fewest : own;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ChannelConfig config = ctx.channel().config();
    if (config.isAutoRead()) {
      config.setAutoRead(false);
      var _ =
          ctx.channel()
              .eventLoop()
              .schedule(() -> config.setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
