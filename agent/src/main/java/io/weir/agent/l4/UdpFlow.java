package io.weir.agent.l4;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.NetUtil;
import io.weir.agent.balance.PickInput;
import io.weir.agent.balance.Ticket;
import io.weir.agent.l4.FlowRecord.Protocol;
import io.weir.agent.model.Health;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of one client address: to one endpoint for as long as that may be used, by a socket
 * of their own, and what it says back. It ends when it is idle, in exactly one record, and every
 * ticket is closed. Confined to its loop.
 */
final class UdpFlow {
  private final HostLoop loop;
  private final Sockets sockets;
  private final Channel listener;
  private final InetSocketAddress client;
  private final Consumer<UdpFlow> gone;
  private final HostLoop.Alarm idle;
  private final long began;
  private Target target;

  /** Not to be picked again for want of an answer. */
  private Set<String> tried = Set.of();

  private @Nullable Attempt attempt;

  /** The endpoint is no longer among those of the pool that take new flows. */
  private boolean dismissed;

  private long receivedBefore;
  private long sentBefore;
  private @Nullable DatagramChannel upstream;
  private @Nullable String endpoint;

  /** The last one that came while the endpoint's name was looked up. */
  private @Nullable ByteBuf waiting;

  private int attempts;
  private long received;
  private long sent;
  private long connectNanos = -1;
  private boolean over;

  /**
   * @param listener answers go out by it
   * @param gone told once that it is over
   */
  UdpFlow(
      HostLoop loop,
      Target target,
      Sockets sockets,
      Channel listener,
      InetSocketAddress client,
      Consumer<UdpFlow> gone) {
    this.loop = loop;
    this.target = target;
    this.sockets = sockets;
    this.listener = listener;
    this.client = client;
    this.gone = gone;
    began = loop.now();
    loop.metrics().listener(target.listener()).opened();
    idle = loop.alarm(() -> cut(Outcome.FINISHED));
  }

  InetSocketAddress client() {
    return client;
  }

  /** Call once. */
  void start() {
    moved();
    next(Outcome.NO_ENDPOINT);
  }

  /** Ends it now. */
  void cut(Outcome why) {
    if (!over) {
      end(why);
    }
  }

  private void next(Outcome why) {
    Ticket ticket = new Ticket();
    if (loop.pick(ticket, target.pool(), input(), tried)) {
      begin(ticket);
    } else {
      end(why);
    }
  }

  private PickInput input() {
    return ClientInput.of(target.pool(), client);
  }

  private void begin(Ticket given) {
    attempt = new Attempt(loop, target.pool().pool().name(), given);
    dismissed = false;
    receivedBefore = received;
    sentBefore = sent;
    attempts++;
    endpoint = given.endpoint().address();
    int number = attempts;
    sockets.resolve(
        loop.eventLoop(),
        given.endpoint(),
        address -> {
          if (!over && number == attempts) {
            resolved(address);
          }
        });
  }

  /** Leaves an endpoint that is not to be used any more, if there is another one. */
  @SuppressWarnings("ReferenceEquality") // of one snapshot, or not
  private void follow(Target now) {
    if (target != now) {
      target = now;
      dismissed = !isListed();
    }
    Attempt last = attempt;
    if (last == null || !dismissed && last.state().health() != Health.UNHEALTHY) {
      return;
    }
    Ticket given = new Ticket();
    if (loop.pick(given, now.pool(), input(), Set.of(last.endpoint().address()))) {
      if (!dismissed && given.state().health() == Health.UNHEALTHY) {
        given.close(Ticket.End.ABANDONED, loop.now()); // no better: it would leave again at once
        return;
      }
      last.end(Outcome.FINISHED, received - receivedBefore, sent - sentBefore);
      closeUpstream();
      tried = Set.of();
      begin(given);
    }
  }

  private boolean isListed() {
    Attempt last = attempt;
    return last != null
        && last.pool().equals(target.pool().pool().name())
        && target.pool().pool().endpoints().stream()
            .filter(listed -> listed.address().equals(last.endpoint().address()))
            .anyMatch(listed -> listed.weight() > 0 && !listed.drain());
  }

  private void resolved(@Nullable InetSocketAddress address) {
    loop.readCycle();
    DatagramChannel channel = address == null ? null : open(address);
    if (channel == null) {
      failed(Outcome.CONNECT_FAILED);
      return;
    }
    upstream = channel;
    connectNanos = loop.now() - began;
    if (attempt != null) {
      attempt.open();
    }
    ByteBuf first = waiting;
    if (first != null) {
      waiting = null;
      var _ = channel.writeAndFlush(first, channel.voidPromise());
    }
  }

  private @Nullable DatagramChannel open(InetSocketAddress address) {
    DatagramChannel channel;
    try {
      channel = sockets.datagrams(false);
    } catch (ChannelException outOfDescriptors) {
      return null;
    }
    channel.pipeline().addLast(new Answers());
    var _ = loop.eventLoop().register(channel);
    ChannelFuture connected = channel.connect(address);
    if (!connected.isSuccess()) {
      var _ = channel.close();
      return null;
    }
    return channel;
  }

  boolean isOver() {
    return over;
  }

  /**
   * @param datagram taken over unless the answer is false: there is no room for it
   * @param now of the listener
   */
  boolean toEndpoint(ByteBuf datagram, Target now) {
    if (over) {
      return false;
    }
    follow(now);
    DatagramChannel to = upstream;
    if (to == null) {
      ByteBuf before = waiting;
      waiting = datagram.copy();
      datagram.release();
      received += waiting.readableBytes();
      if (before != null) {
        before.release();
      }
    } else if (to.isWritable()) {
      received += datagram.readableBytes();
      var _ = to.write(datagram, to.voidPromise());
    } else {
      return false;
    }
    moved();
    return true;
  }

  void flush() {
    DatagramChannel to = upstream;
    if (to != null) {
      to.flush();
    }
  }

  private void moved() {
    idle.set(loop.now() + target.idleNanos());
  }

  /** What the endpoint says. */
  private final class Answers extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      DatagramPacket packet = (DatagramPacket) message;
      loop.readCycle();
      if (over || !listener.isWritable()) {
        packet.release();
        return;
      }
      sent += packet.content().readableBytes();
      if (attempt != null) {
        attempt.heard();
      }
      var _ = listener.write(new DatagramPacket(packet.content(), client), listener.voidPromise());
      moved();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      listener.flush();
    }

    /** By ICMP, the endpoint's host says that nobody is there (RFC 1122 section 4.1.3.3). */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (!over && context.channel().equals(upstream) && isRefusal(cause)) {
        loop.readCycle();
        failed(Outcome.CONNECT_REFUSED);
      }
    }
  }

  private static boolean isRefusal(Throwable cause) {
    return cause instanceof PortUnreachableException || cause instanceof ConnectException;
  }

  /** Goes on with another endpoint where this one has never answered; what was sent is lost. */
  private void failed(Outcome why) {
    Attempt last = attempt;
    if (last == null || sent > sentBefore || tried.size() >= target.pool().pool().retries()) {
      end(why);
      return;
    }
    attempt = null;
    last.retry();
    if (tried.isEmpty()) {
      tried = new HashSet<>();
    }
    tried.add(last.endpoint().address());
    closeUpstream();
    next(why);
  }

  private void closeUpstream() {
    DatagramChannel channel = upstream;
    if (channel != null) {
      upstream = null;
      var _ = channel.close();
    }
  }

  private void end(Outcome outcome) {
    over = true;
    idle.clear();
    closeUpstream();
    ByteBuf unsent = waiting;
    if (unsent != null) {
      waiting = null;
      unsent.release();
    }
    Attempt last = attempt;
    if (last != null) {
      attempt = null;
      last.end(outcome, received - receivedBefore, sent - sentBefore);
    }
    outcome.count(loop.metrics().listener(target.listener()));
    gone.accept(this);
    loop.ended(
        new FlowRecord(
            Protocol.UDP,
            target.listener(),
            NetUtil.toAddressString(client.getAddress()),
            received,
            sent,
            target.pool().pool().name(),
            endpoint,
            attempts,
            loop.now() - began,
            connectNanos,
            outcome));
  }
}
