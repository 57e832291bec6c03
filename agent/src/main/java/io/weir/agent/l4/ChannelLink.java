package io.weir.agent.l4;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Two channels, where there is no epoll, between which bytes are read and written. What a slow
 * reader leaves waiting is bounded by the water mark: beyond it the other side is not read.
 */
final class ChannelLink implements Link {
  private final Channel client;
  private final Bootstrap upstream;
  private final HostLoop loop;
  private final Owner owner;
  private final Waiting waiting = new Waiting();
  private @Nullable Channel connecting;
  private @Nullable Side up;
  private @Nullable Side down;
  private boolean over;

  ChannelLink(Channel client, Bootstrap upstream, HostLoop loop, Owner owner) {
    this.client = client;
    this.upstream = upstream;
    this.loop = loop;
    this.owner = owner;
    client.pipeline().addLast(waiting);
  }

  @Override
  public InetSocketAddress client() {
    return (InetSocketAddress) client.remoteAddress();
  }

  @Override
  public void connect(InetSocketAddress address, int timeoutMillis) {
    ChannelFuture attempt =
        upstream
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMillis)
            .handler(new ChannelInboundHandlerAdapter())
            .connect(address);
    connecting = attempt.channel();
    attempt.addListener((ChannelFuture done) -> {
      loop.readCycle();
      if (over) {
        close(done.channel());
      } else if (done.isSuccess()) {
        owner.connected();
      } else {
        owner.connectFailed(reason(done.cause()));
      }
    });
  }

  private static Outcome reason(Throwable failure) {
    if (failure instanceof ConnectTimeoutException) {
      return Outcome.CONNECT_TIMEOUT;
    }
    boolean refused =
        failure instanceof ConnectException
            && String.valueOf(failure.getMessage()).contains("refused");
    return refused ? Outcome.CONNECT_REFUSED : Outcome.CONNECT_FAILED;
  }

  @Override
  public void relay() {
    Channel endpoint = Objects.requireNonNull(connecting);
    Side there = new Side((DuplexChannel) endpoint, Outcome.CLIENT_RESET);
    Side back = new Side((DuplexChannel) client, Outcome.ENDPOINT_RESET);
    up = there;
    down = back;
    endpoint.pipeline().addLast(back);
    client.pipeline().replace(waiting, null, there);
    client.config().setAutoRead(true);
    endpoint.config().setAutoRead(true);
  }

  /** Before there is an endpoint: nothing is read. */
  private final class Waiting extends ChannelInboundHandlerAdapter {
    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (!over && up == null) {
        loop.readCycle();
        abort();
        owner.clientGone();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      close(context.channel());
    }
  }

  /** Reads from one of the two and writes to the other. */
  private final class Side extends ChannelInboundHandlerAdapter {
    private final DuplexChannel to;
    private final Outcome reset;
    private long moved;
    private boolean finished;

    Side(DuplexChannel to, Outcome reset) {
      this.to = to;
      this.reset = reset;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      loop.readCycle();
      read(context.channel(), (ByteBuf) message);
    }

    void read(Channel from, ByteBuf bytes) {
      moved += bytes.readableBytes();
      owner.moved();
      var _ = to.write(bytes, to.voidPromise());
      if (!to.isWritable()) {
        from.config().setAutoRead(false);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      to.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      if (context.channel().isWritable()) {
        to.config().setAutoRead(true);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ChannelInputShutdownEvent && !over) {
        loop.readCycle();
        inputFinished();
      }
    }

    /** FIN goes out behind what still waits to be written. */
    void inputFinished() {
      to.writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(
              (ChannelFutureListener)
                  written -> {
                    if (written.isSuccess()) {
                      var _ = to.shutdownOutput();
                      finish();
                    }
                  });
    }

    private void finish() {
      finished = true;
      if (!over && Objects.requireNonNull(up).finished && Objects.requireNonNull(down).finished) {
        over = true;
        close(client);
        close(Objects.requireNonNull(connecting));
        owner.ended(Outcome.FINISHED);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      broken();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      broken();
    }

    private void broken() {
      if (!over) {
        loop.readCycle();
        abort();
        owner.ended(reset);
      }
    }
  }

  @Override
  public void abort() {
    over = true;
    reset(client);
    Channel endpoint = connecting;
    if (endpoint != null) {
      reset(endpoint);
    }
  }

  private static void reset(Channel channel) {
    if (channel.isActive()) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    }
    close(channel);
  }

  private static void close(Channel channel) {
    var _ = channel.close();
  }

  @Override
  public long received() {
    return up == null ? 0 : up.moved;
  }

  @Override
  public long sent() {
    return down == null ? 0 : down.moved;
  }
}
