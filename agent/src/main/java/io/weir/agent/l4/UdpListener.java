package io.weir.agent.l4;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An address on which UDP datagrams come in: a socket on each event loop, among which the kernel
 * shares out the clients, so that all datagrams of one come to the same loop. Thread-safe.
 */
public final class UdpListener implements Layer4Listener {
  /** Of one listener; client addresses can be made up, so there must be an end. */
  public static final int MAX_FLOWS = 65_536;

  private static final Logger LOG = LoggerFactory.getLogger(UdpListener.class);
  private static final long WARN_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final InetSocketAddress address;
  private final Sockets sockets;
  private final List<HostLoop> loops;
  private final int maxFlows;
  private final List<Channel> channels = new CopyOnWriteArrayList<>();
  private final AtomicInteger flowCount = new AtomicInteger();
  private final LongAdder dropped = new LongAdder();
  private final AtomicLong nextWarning;
  private volatile Target target;

  /**
   * Takes nothing yet.
   *
   * @param maxFlows beyond them datagrams of new clients are dropped
   */
  public UdpListener(
      InetSocketAddress address,
      Target target,
      Sockets sockets,
      List<HostLoop> loops,
      int maxFlows) {
    this.address = address;
    this.target = target;
    this.sockets = sockets;
    this.loops = sockets.sharesPorts() ? List.copyOf(loops) : List.of(loops.getFirst());
    this.maxFlows = maxFlows;
    nextWarning = new AtomicLong(Long.MIN_VALUE);
  }

  /** Datagrams that were not passed on because there were too many flows, or no room. */
  public long dropped() {
    return dropped.sum();
  }

  @Override
  public void serve(Target next) {
    target = next;
  }

  @Override
  public Future<Void> open() {
    try {
      sockets.checkUdpFree(address);
    } catch (IOException taken) {
      return Future.failedFuture(taken);
    }
    Promise<Void> opened = Promise.promise();
    openNext(0, opened);
    return opened.future();
  }

  private void openNext(int index, Promise<Void> opened) {
    if (index == loops.size()) {
      opened.complete();
      return;
    }
    HostLoop loop = loops.get(index);
    new Bootstrap()
        .group(loop.eventLoop())
        .channelFactory(() -> sockets.datagrams(true))
        .handler(new Flows(loop))
        .bind(address)
        .addListener((ChannelFuture done) -> {
          if (done.isSuccess()) {
            channels.add(done.channel());
            openNext(index + 1, opened);
          } else {
            channels.forEach(UdpListener::close);
            opened.fail(done.cause());
          }
        });
  }

  /** At once: UDP has no end that could be waited for. */
  @Override
  public Future<Void> stop(Duration drain) {
    List<Future<Void>> closing = new ArrayList<>();
    for (Channel channel : channels) {
      Promise<Void> closed = Promise.promise();
      channel
          .eventLoop()
          .execute(() -> {
            Flows flows = channel.pipeline().get(Flows.class);
            if (flows != null) { // else it was closed before
              flows.end();
            }
            channel.close().addListener(done -> closed.complete());
          });
      closing.add(closed.future());
    }
    return Future.join(closing).mapEmpty();
  }

  private static void close(Channel channel) {
    var _ = channel.close();
  }

  private void drop() {
    dropped.increment();
    long now = System.nanoTime();
    long next = nextWarning.get();
    if ((next == Long.MIN_VALUE || now - next >= 0)
        && nextWarning.compareAndSet(next, now + WARN_NANOS)) {
      LOG.atWarn()
          .addKeyValue("listener", target.listener())
          .addKeyValue("dropped", dropped.sum())
          .addKeyValue("flows", flowCount.get())
          .log("datagrams dropped");
    }
  }

  /** The flows of one loop; confined to it. */
  private final class Flows extends ChannelInboundHandlerAdapter {
    private final HostLoop loop;
    private final Map<InetSocketAddress, UdpFlow> flows = new HashMap<>();
    private final List<UdpFlow> unflushed = new ArrayList<>();
    private boolean ended;

    Flows(HostLoop loop) {
      this.loop = loop;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      loop.readCycle();
      DatagramPacket packet = (DatagramPacket) message;
      UdpFlow flow = flows.get(packet.sender());
      if (flow == null) {
        flow = begin(context.channel(), packet.sender());
      }
      if (flow == null) {
        packet.release();
        if (!ended) {
          drop();
        }
      } else if (flow.toEndpoint(packet.content(), target)) {
        unflushed.add(flow);
      } else {
        packet.release();
        if (!flow.isOver()) {
          drop();
        }
      }
    }

    private @Nullable UdpFlow begin(Channel channel, InetSocketAddress client) {
      if (ended) {
        return null;
      }
      if (flowCount.incrementAndGet() > maxFlows) {
        flowCount.decrementAndGet();
        return null;
      }
      UdpFlow flow = new UdpFlow(loop, target, sockets, channel, client, this::gone);
      flows.put(client, flow);
      flow.start();
      return flow;
    }

    private void gone(UdpFlow flow) {
      flows.remove(flow.client());
      flowCount.decrementAndGet();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      unflushed.forEach(UdpFlow::flush);
      unflushed.clear();
    }

    void end() {
      ended = true;
      loop.readCycle();
      List.copyOf(flows.values()).forEach(flow -> flow.cut(Outcome.DRAINED));
    }

    /** Of one datagram to one client that could not be sent. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.atDebug().addKeyValue("listener", target.listener()).setCause(cause).log("not sent");
    }
  }
}
