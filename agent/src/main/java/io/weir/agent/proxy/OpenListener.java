package io.weir.agent.proxy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.weir.agent.proxy.Serving.Bind;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One bound address: a server on each event loop, sharing what is accepted. */
final class OpenListener {
  private final Bind bind;
  private final List<HttpServer> servers = new ArrayList<>();
  private volatile Serving serving;
  private volatile boolean stopping;

  OpenListener(Serving serving) {
    this.bind = serving.bind();
    this.serving = serving;
  }

  Bind bind() {
    return bind;
  }

  Serving serving() {
    return serving;
  }

  /** From the next request on; those under way keep what they began with. */
  void serve(Serving next) {
    serving = next;
  }

  /** Connections are to be closed after the request they are at. */
  boolean stopping() {
    return stopping;
  }

  /** Fails when the address cannot be bound; nothing is left open then. */
  Future<Void> open(
      Vertx vertx, List<Loop> loops, ProxyOptions options, Exchange.Services services) {
    Future<HttpServer> opened = null;
    for (Loop loop : loops) {
      HttpServer server = server(vertx, options);
      HttpProxy proxy = new HttpProxy(this, loop, options, services);
      server
          .requestHandler(proxy::request)
          .invalidRequestHandler(proxy::invalid)
          .connectionHandler(proxy::connected)
          .exceptionHandler(gone -> {}); // a connection that failed; its request has been told
      Future<HttpServer> before = opened;
      // The first one binds; the others join it, so they must not try when it has failed.
      opened =
          before == null
              ? loop.run(() -> server.listen(bind.port(), bind.host()))
              : before.compose(bound -> loop.run(() -> server.listen(bind.port(), bind.host())));
      servers.add(server);
    }
    return opened == null
        ? Future.succeededFuture()
        : opened
            .<Void>mapEmpty()
            .recover(failure ->
                stop(Duration.ZERO).transform(stopped -> Future.<Void>failedFuture(failure)));
  }

  private static HttpServer server(Vertx vertx, ProxyOptions options) {
    return vertx.createHttpServer(
        new HttpServerOptions()
            .setHttp2ClearTextEnabled(false)
            .setMaxInitialLineLength(options.maxLine())
            .setMaxHeaderSize(options.maxHead())
            .setAcceptBacklog(4096)
            .setTcpNoDelay(true));
  }

  /** Stops accepting at once; completes when the last request is done or the time is over. */
  Future<Void> stop(Duration drain) {
    stopping = true;
    List<Future<Void>> closing = new ArrayList<>();
    servers.forEach(server -> closing.add(server.shutdown(drain)));
    return Future.join(closing).mapEmpty();
  }

  static boolean isAddressInUse(Throwable failure) {
    // A BindException on NIO, an IOException of Netty's own on epoll.
    return String.valueOf(failure.getMessage()).contains("ddress already in use");
  }

  /** Why {@code bind} could not be opened, and what to do. */
  static String explain(Bind bind, Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    String why;
    if (isAddressInUse(failure)) {
      why =
          "address already in use by another process; choose another address or stop what listens"
              + " there";
    } else if (message.contains("ermission denied")) {
      why = "permission denied; choose a port above 1023 or give the agent CAP_NET_BIND_SERVICE";
    } else if (message.contains("assign requested address")) {
      why = "this host has no such address; choose one it has, or 0.0.0.0 for all";
    } else if (failure instanceof UnknownHostException) {
      why = "this name has no address; choose an address of this host";
    } else {
      why = message;
    }
    return "cannot listen on " + bind + ": " + why;
  }
}
