package io.weir.agent.proxy;

import io.vertx.core.Future;
import io.weir.agent.l4.HostLoop;
import io.weir.agent.l4.Layer4Listener;
import io.weir.agent.l4.Sockets;
import io.weir.agent.l4.TcpListener;
import io.weir.agent.l4.UdpListener;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** An address for TCP or UDP. */
final class OpenLayer4 implements OpenListener {
  private final Layer4Listener sockets;
  private volatile Layer4Serving serving;
  private volatile boolean stopping;

  OpenLayer4(Layer4Serving serving, List<HostLoop> loops, Sockets sockets) {
    this.serving = serving;
    Bind bind = serving.bind();
    InetSocketAddress address = new InetSocketAddress(bind.host(), bind.port());
    this.sockets =
        bind.kind() == Bind.Kind.UDP
            ? new UdpListener(address, serving.target(), sockets, loops, UdpListener.MAX_FLOWS)
            : new TcpListener(address, serving.target(), sockets, loops);
  }

  @Override
  public Layer4Serving serving() {
    return serving;
  }

  @Override
  public void serve(Serving next) {
    serving = (Layer4Serving) next; // the kind is part of the address
    sockets.serve(serving.target());
  }

  @Override
  public Future<Void> open() {
    return sockets.open();
  }

  @Override
  public boolean stopping() {
    return stopping;
  }

  @Override
  public Future<Void> stop(Duration drain) {
    stopping = true;
    return sockets.stop(drain);
  }
}
