package io.weir.agent.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An address for HTTP: a socket on each event loop, among which the kernel shares out connections.
 */
final class HttpListener implements OpenListener {
  private final Bind bind;
  private final List<Channel> channels = new CopyOnWriteArrayList<>();
  private final List<Loop> loops;
  private final Transport transport;
  private volatile HttpServing serving;
  private volatile boolean stopping;

  HttpListener(HttpServing serving, List<Loop> loops, Transport transport) {
    this.bind = serving.bind();
    this.serving = serving;
    this.loops = List.copyOf(loops);
    this.transport = transport;
  }

  @Override
  public HttpServing serving() {
    return serving;
  }

  @Override
  public void serve(Serving next) {
    serving = (HttpServing) next; // the kind is part of the address
  }

  /** Connections are to be closed after the request they are at. */
  @Override
  public boolean stopping() {
    return stopping;
  }

  @Override
  public Future<Void> open() {
    try {
      transport.checkFree(bind);
    } catch (IOException taken) {
      return Future.failedFuture(taken);
    }
    Promise<Void> opened = Promise.promise();
    openNext(0, opened);
    return opened.future();
  }

  private void openNext(int index, Promise<Void> opened) {
    if (index == loops.size() || index > 0 && !transport.sharesPorts()) {
      opened.complete();
      return;
    }
    transport
        .listen(bind, index, loops, (loop, channel) -> new ClientConnection(loop, this, channel))
        .addListener((ChannelFuture done) -> {
          if (done.isSuccess()) {
            channels.add(done.channel());
            openNext(index + 1, opened);
          } else {
            channels.forEach(Channels::close);
            opened.fail(done.cause());
          }
        });
  }

  @Override
  public Future<Void> stop(Duration drain) {
    stopping = true;
    channels.forEach(Channels::close);
    List<Future<Void>> closing = new ArrayList<>();
    for (Loop loop : loops) {
      closing.add(loop.drained(this, drain));
    }
    return Future.join(closing).mapEmpty();
  }
}
