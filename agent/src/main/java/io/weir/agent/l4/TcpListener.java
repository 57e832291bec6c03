package io.weir.agent.l4;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An address on which TCP connections are accepted: a socket on each event loop. Thread-safe. */
public final class TcpListener implements Layer4Listener {
  private final InetSocketAddress address;
  private final Sockets sockets;
  private final List<HostLoop> loops;
  private final IdentityHashMap<HostLoop, Connections> connections = new IdentityHashMap<>();
  private final List<Channel> channels = new CopyOnWriteArrayList<>();
  private volatile Target target;

  /** Accepts nothing yet. */
  public TcpListener(
      InetSocketAddress address, Target target, Sockets sockets, List<HostLoop> loops) {
    this.address = address;
    this.target = target;
    this.sockets = sockets;
    this.loops = List.copyOf(loops);
    this.loops.forEach(loop -> connections.put(loop, new Connections(sockets.carriers())));
  }

  /** Those of one loop, confined to it. */
  private static final class Connections {
    final Carriers carriers;
    final Set<TcpConnection> all = Collections.newSetFromMap(new IdentityHashMap<>());

    /** From any thread. */
    volatile int count;

    @Nullable Promise<Void> emptied;

    Connections(Carriers carriers) {
      this.carriers = carriers;
    }

    void add(TcpConnection connection) {
      all.add(connection);
      count = all.size();
    }

    void remove(TcpConnection connection) {
      all.remove(connection);
      count = all.size();
      end();
    }

    void end() {
      Promise<Void> done = emptied;
      if (done != null && all.isEmpty()) {
        carriers.close();
        done.tryComplete();
      }
    }
  }

  @Override
  public void serve(Target next) {
    target = next;
  }

  @Override
  public Future<Void> open() {
    Promise<Void> opened = Promise.promise();
    try {
      sockets.checkTcpFree(address);
      openNext(0, opened);
    } catch (IOException taken) {
      opened.fail(taken);
    }
    return opened
        .future()
        .onFailure(_ -> connections.values().forEach(here -> here.carriers.close()));
  }

  private void openNext(int index, Promise<Void> opened) {
    if (index == loops.size() || (index > 0 && !sockets.sharesPorts())) {
      opened.complete();
      return;
    }
    sockets
        .listen(address, index, loops, new Accepting())
        .addListener((ChannelFuture done) -> {
          if (done.isSuccess()) {
            channels.add(done.channel());
            openNext(index + 1, opened);
          } else {
            channels.forEach(TcpListener::close);
            opened.fail(done.cause());
          }
        });
  }

  /** What the listening sockets accept. */
  private final class Accepting implements Sockets.Acceptor {
    /**
     * The kernel deals connections out by a hash, so that some loops would get more than others.
     */
    @Override
    public HostLoop choose(HostLoop own) {
      HostLoop fewest = own;
      int few = count(own);
      for (HostLoop loop : loops) {
        int count = count(loop);
        if (count < few) {
          fewest = loop;
          few = count;
        }
      }
      return count(own) - few > 1 + few / 16 ? fewest : own;
    }

    @Override
    public void accepted(HostLoop loop, Sockets.Accepted accepted) {
      loop.readCycle();
      Connections here = of(loop);
      TcpConnection connection =
          new TcpConnection(loop, target, sockets, accepted, here.carriers, here::remove);
      here.add(connection);
      if (here.emptied == null) {
        connection.start();
      } else {
        connection.cut(Outcome.DRAINED); // it was on its way to this loop when we stopped
      }
    }
  }

  private int count(HostLoop loop) {
    return of(loop).count;
  }

  private Connections of(HostLoop loop) {
    return Objects.requireNonNull(connections.get(loop));
  }

  @Override
  public Future<Void> stop(Duration drain) {
    channels.forEach(TcpListener::close);
    List<Future<Void>> done = new ArrayList<>();
    connections.forEach((loop, here) -> {
      Promise<Void> emptied = Promise.promise();
      done.add(emptied.future());
      loop.eventLoop().execute(() -> drain(loop, here, drain, emptied));
    });
    return Future.join(done).mapEmpty();
  }

  private static void drain(HostLoop loop, Connections here, Duration time, Promise<Void> emptied) {
    Promise<Void> before = here.emptied;
    if (before != null) {
      before.future().onComplete(emptied);
      return;
    }
    here.emptied = emptied;
    here.end();
    if (here.all.isEmpty()) {
      return;
    }
    var _ =
        loop.eventLoop()
            .schedule(
                () -> {
                  loop.readCycle();
                  List.copyOf(here.all).forEach(connection -> connection.cut(Outcome.DRAINED));
                },
                time.toNanos(),
                TimeUnit.NANOSECONDS);
  }

  private static void close(Channel channel) {
    var _ = channel.close();
  }
}
