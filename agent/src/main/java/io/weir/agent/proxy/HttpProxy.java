package io.weir.agent.proxy;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import io.weir.agent.balance.PoolMembers;
import java.util.IdentityHashMap;
import java.util.Optional;

/** Serves one listener on one event loop. */
final class HttpProxy {
  private final OpenListener listener;
  private final Loop loop;
  private final ProxyOptions options;
  private final Exchange.Services services;
  private final IdentityHashMap<HttpConnection, ClientConnection> connections =
      new IdentityHashMap<>();

  HttpProxy(OpenListener listener, Loop loop, ProxyOptions options, Exchange.Services services) {
    this.listener = listener;
    this.loop = loop;
    this.options = options;
    this.services = services;
  }

  /** Before anything is read from it. */
  void connected(HttpConnection connection) {
    // Vert.x has no setting for how strict its decoder is, and no way to bring one's own.
    ChannelPipeline pipeline = ((ConnectionBase) connection).channelHandlerContext().pipeline();
    ChannelHandler strict =
        new StrictRequestDecoder(
            new Http1ServerConfig()
                .setMaxInitialLineLength(options.maxLine())
                .setMaxHeaderSize(options.maxHead()));
    pipeline.replace(HttpRequestDecoder.class, "httpDecoder", strict);
    ClientConnection client =
        new ClientConnection(connection, loop.deadline(), options.clientIdle());
    connections.put(connection, client);
    connection.closeHandler(closed -> {
      client.closed();
      connections.remove(connection);
    });
  }

  void request(HttpServerRequest request) {
    ClientConnection client = connections.get(request.connection());
    if (client == null || client.isLast()) {
      return;
    }
    Exchange exchange = begin(client, request);
    RequestCheck check =
        RequestCheck.of(
            request.method().name(),
            request.uri(),
            request.version() == HttpVersion.HTTP_1_0,
            request.headers());
    switch (check) {
      case RequestCheck.Rejected rejected -> exchange.reject(rejected);
      case RequestCheck.Accepted accepted -> {
        Optional<PoolMembers> members =
            exchange.serving().routes().match(accepted.host(), accepted.path());
        if (members.isEmpty()) {
          exchange.unrouted(accepted);
        } else {
          exchange.forward(accepted, members.get());
        }
      }
    }
  }

  /** What the decoder refused; it reads nothing more from that connection. */
  void invalid(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    int status =
        switch (cause) {
          case TooLongHttpLineException line -> 414;
          case TooLongHttpHeaderException head -> 431;
          case StrictRequestDecoder.UnknownVersionException version -> 505;
          case null, default -> 400;
        };
    ClientConnection client = connections.get(request.connection());
    if (client == null || client.isLast()) {
      return;
    }
    begin(client, request)
        .reject(new RequestCheck.Rejected(status, Reason.BAD_REQUEST, Reason.BAD_REQUEST.text()));
  }

  private Exchange begin(ClientConnection client, HttpServerRequest request) {
    client.busy();
    return new Exchange(services, loop, listener, client, request);
  }
}
