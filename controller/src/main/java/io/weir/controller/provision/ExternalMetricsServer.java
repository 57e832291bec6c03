package io.weir.controller.provision;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Serves the external metrics API of Kubernetes, over HTTP/1.1, to the aggregator of a cluster. */
public final class ExternalMetricsServer implements AutoCloseable {
  private static final int MAX_BODY = 64 * 1024;
  private static final int MOST_CONNECTIONS = 256;
  private static final int IDLE_SECONDS = 90;

  private final ExternalMetrics metrics;
  private final Optional<SslContext> tls;
  private final AtomicInteger connections = new AtomicInteger();
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel channel;

  /**
   * Listens.
   *
   * @param tls empty: plaintext
   * @throws IOException if it cannot
   */
  public ExternalMetricsServer(
      InetSocketAddress address, Optional<SslContext> tls, Recommendations recommendations)
      throws IOException {
    this.metrics = new ExternalMetrics(recommendations);
    this.tls = tls;
    try {
      this.channel =
          new ServerBootstrap()
              .group(loop)
              .channel(NioServerSocketChannel.class)
              .childHandler(new Connections())
              .bind(address)
              .syncUninterruptibly()
              .channel();
    } catch (RuntimeException | Error e) {
      close(loop);
      throw e;
    } catch (Exception e) {
      // Netty throws what it was not declared to.
      close(loop);
      throw e instanceof IOException io ? io : new IOException(e);
    }
  }

  public int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  private final class Connections extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel connection) {
      if (connections.incrementAndGet() > MOST_CONNECTIONS) {
        connections.decrementAndGet();
        var _ = connection.close();
        return;
      }
      connection.closeFuture().addListener(_ -> connections.decrementAndGet());
      tls.ifPresent(context -> {
        SslHandler handler = context.newHandler(connection.alloc());
        connection.pipeline().addLast(handler);
      });
      connection
          .pipeline()
          .addLast(new ReadTimeoutHandler(IDLE_SECONDS, TimeUnit.SECONDS))
          .addLast(new HttpServerCodec())
          .addLast(new HttpObjectAggregator(MAX_BODY))
          .addLast(new Answering());
    }
  }

  private final class Answering extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      ExternalMetrics.Answer answer;
      if (!request.decoderResult().isSuccess()) {
        answer = ExternalMetrics.failure(400, "BadRequest", "that is no HTTP/1.1");
      } else if (!HttpMethod.GET.equals(request.method())) {
        answer = ExternalMetrics.failure(405, "MethodNotAllowed", "there is only GET");
      } else {
        answer = metrics.get(request.uri());
      }
      boolean stay = request.decoderResult().isSuccess() && HttpUtil.isKeepAlive(request);
      FullHttpResponse response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.valueOf(answer.status()),
              Unpooled.wrappedBuffer(answer.body().toString().getBytes(StandardCharsets.UTF_8)));
      response
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
          .setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
      if (!stay) {
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      }
      var written = context.writeAndFlush(response);
      if (!stay) {
        var _ = written.addListener(ChannelFutureListener.CLOSE);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var _ = context.close();
    }
  }

  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
    close(loop);
  }

  private static void close(EventLoopGroup loop) {
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
