package io.weir.agent.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.weir.agent.proxy.Serving.Bind;
import java.io.IOException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One bound address: a socket on each event loop, among which the kernel shares out connections.
 */
final class OpenListener {
  private final Bind bind;
  private final List<Channel> channels = new CopyOnWriteArrayList<>();
  private List<Loop> loops = List.of();
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
  Future<Void> open(List<Loop> loops, Transport transport) {
    Promise<Void> opened = Promise.promise();
    this.loops = List.copyOf(loops);
    try {
      transport.checkFree(bind);
    } catch (IOException taken) {
      return Future.failedFuture(taken);
    }
    openNext(0, transport, opened);
    return opened.future();
  }

  private void openNext(int index, Transport transport, Promise<Void> opened) {
    if (index == loops.size() || index > 0 && !transport.sharesPorts()) {
      opened.complete();
      return;
    }
    transport
        .listen(bind, index, loops, (loop, channel) -> new ClientConnection(loop, this, channel))
        .addListener((ChannelFuture done) -> {
          if (done.isSuccess()) {
            channels.add(done.channel());
            openNext(index + 1, transport, opened);
          } else {
            channels.forEach(Channels::close);
            opened.fail(done.cause());
          }
        });
  }

  /** Stops accepting at once; completes when the last request is done or the time is over. */
  Future<Void> stop(Duration drain) {
    stopping = true;
    channels.forEach(Channels::close);
    List<Future<Void>> closing = new ArrayList<>();
    for (Loop loop : loops) {
      closing.add(loop.drained(this, drain));
    }
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
