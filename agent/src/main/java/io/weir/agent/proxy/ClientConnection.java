package io.weir.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.weir.agent.http1.BodyTracker;
import io.weir.agent.http1.Forwarding;
import io.weir.agent.http1.HeadParser;
import io.weir.agent.http1.Method;
import io.weir.agent.http1.RequestTarget;
import io.weir.agent.metrics.ListenerMetrics;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client connection: frames its requests, one after the other, and answers in their order.
 *
 * <pre>
 *   HEAD ──head──▶ BODY ──last byte──▶ RESPONSE ──response──▶ HEAD
 *     │              │                     ├──101──▶ TUNNEL ──either side closes──▶ CLOSED
 *     │              └──answered early──▶ DISCARD ──last byte──▶ HEAD
 *     └──refused, not persistent──▶ LINGER ──▶ CLOSED
 * </pre>
 */
final class ClientConnection extends ChannelInboundHandlerAdapter implements Loop.Client {
  /** How long the rest of a request is read and dropped, so that the client sees its answer. */
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** A client that has shut down its side may be gone, or may wait for an answer: not for long. */
  private static final long HALF_CLOSED_NANOS = TimeUnit.SECONDS.toNanos(1);

  private enum Phase {
    HEAD,
    BODY,
    RESPONSE,
    TUNNEL,
    DISCARD,
    LINGER,
    CLOSED
  }

  private final Loop loop;
  private final HttpListener listener;
  private final Channel channel;
  private final InetSocketAddress peer;
  private final String address;
  private final Exchange exchange;
  private final BodyTracker body = new BodyTracker();
  private final DeadlineWheel.Node deadline =
      new DeadlineWheel.Node() {
        @Override
        void expired() {
          onDeadline();
        }
      };

  private HttpServing serving;
  private Forwarding forwarding;
  private HeadParser parser;
  private ListenerMetrics metrics;
  private @Nullable ByteBuf pending;
  private Phase phase = Phase.HEAD;
  private boolean headBegun;
  private boolean processing;
  private boolean upstreamWritten;
  private boolean inputShut;
  private boolean gone;

  ClientConnection(Loop loop, HttpListener listener, Channel channel) {
    this.loop = loop;
    this.listener = listener;
    this.channel = channel;
    peer = (InetSocketAddress) channel.remoteAddress();
    address = peer.getAddress().getHostAddress();
    exchange = new Exchange(loop, this, peer.getAddress());
    serving = listener.serving();
    forwarding = forwarding(serving);
    parser = loop.requests(serving.limits());
    metrics = loop.metrics().listener(serving.listener().name());
  }

  private Forwarding forwarding(HttpServing now) {
    int port = ((InetSocketAddress) channel.localAddress()).getPort();
    return new Forwarding(peer.getAddress(), port, now.trustedHops());
  }

  /** Of the peer, a literal. */
  String address() {
    return address;
  }

  ListenerMetrics metrics() {
    return metrics;
  }

  HttpServing serving() {
    return serving;
  }

  @Override
  public HttpListener listener() {
    return listener;
  }

  // --- what comes from the channel

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    loop.readCycle();
    channel
        .config()
        .setRecvByteBufAllocator(new Reads(() -> phase == Phase.BODY ? body.missing() : 0));
    loop.add(this);
    metrics.opened();
    waitForRequest();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    loop.readCycle();
    ByteBuf in = (ByteBuf) message;
    ByteBuf before = pending;
    pending = before == null ? in : Buffers.join(ctx.alloc(), before, in);
    process();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    flushUpstream();
    channel.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    loop.readCycle();
    if (phase == Phase.HEAD) {
      process(); // what was asked for before can go on once its answers are taken
      flushUpstream();
      return;
    }
    boolean writable = channel.isWritable();
    exchange.readResponse(writable);
    if (writable) {
      exchange.progress();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      EpollRegistration.keep(channel);
      inputShut = true;
      switch (phase) {
        case RESPONSE -> {
          if (!exchange.responseStarted()) {
            gone = true;
            loop.wheel().set(deadline, loop.now() + HALF_CLOSED_NANOS);
          }
        }
        case HEAD -> process();
        case TUNNEL, BODY, DISCARD, LINGER -> Channels.close(channel);
        case CLOSED -> {}
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    loop.readCycle();
    phase = Phase.CLOSED;
    loop.remove(this);
    metrics.closed();
    loop.wheel().remove(deadline);
    releasePending();
    exchange.clientGone();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Channels.close(channel);
  }

  private void onDeadline() {
    switch (phase) {
      case BODY, RESPONSE, TUNNEL -> {
        if (gone && !exchange.responseStarted()) {
          Channels.close(channel);
        } else {
          exchange.expired(channel.isWritable());
          channel.flush();
        }
      }
      case HEAD -> {
        if (headBegun) {
          headBegun = false;
          exchange.refuse(408, Reason.REQUEST_TIMEOUT, "the request's head did not arrive in time");
        } else {
          Channels.close(channel);
        }
      }
      case DISCARD, LINGER, CLOSED -> Channels.close(channel);
    }
  }

  // --- framing

  private void process() {
    if (processing) {
      return; // the loop below goes on
    }
    processing = true;
    boolean progress = true;
    while (progress && pending != null) {
      ByteBuf in = pending;
      if (!in.isReadable()) {
        releasePending();
        break;
      }
      progress =
          switch (phase) {
            case HEAD -> channel.isWritable() && head(in);
            case BODY -> body(in);
            case RESPONSE -> false;
            case TUNNEL -> tunnel(in);
            case DISCARD -> discard(in);
            case LINGER, CLOSED -> {
              releasePending();
              yield false;
            }
          };
    }
    processing = false;
    if (inputShut && phase == Phase.HEAD && channel.isWritable()) {
      close(false); // no more requests will come
    }
    updateReading();
  }

  private boolean head(ByteBuf in) {
    follow(listener.serving());
    byte[] b = loop.scratch();
    int n = Math.min(in.readableBytes(), b.length);
    in.getBytes(in.readerIndex(), b, 0, n);
    int result = parser.parseRequest(b, 0, n);
    if (result == HeadParser.INCOMPLETE) {
      if (!headBegun) {
        headBegun = true;
        loop.wheel().set(deadline, loop.now() + serving.headNanos());
      }
      return false;
    }
    headBegun = false;
    if (result != HeadParser.COMPLETE) {
      exchange.refuse(result, Reason.BAD_REQUEST, parser.problem());
      return false;
    }
    begin(in, b);
    return true;
  }

  @SuppressWarnings("ReferenceEquality") // of one snapshot, or not
  private void follow(HttpServing now) {
    if (now != serving) {
      serving = now;
      forwarding = forwarding(now);
      parser = loop.requests(now.limits());
      metrics.closed();
      metrics = loop.metrics().listener(now.listener().name());
      metrics.opened();
    }
  }

  private void begin(ByteBuf in, byte[] b) {
    HeadParser head = parser;
    Method method = Method.of(b, head.start(), head.methodEnd());
    body.request(head);
    boolean hasBody = !body.ended();
    phase = hasBody ? Phase.BODY : Phase.RESPONSE;
    exchange.open(b, head, method, hasBody);
    if (method == Method.CONNECT || method == Method.TRACE) {
      in.skipBytes(head.end());
      exchange.answer(Reason.METHOD_NOT_ALLOWED);
      return;
    }
    RequestTarget target = loop.target();
    if (!target.read(b, head, method) || !loop.readKey(b, head)) {
      in.skipBytes(head.end());
      exchange.answer(Reason.BAD_REQUEST);
      return;
    }
    if (head.contentLength() > serving.maxBodyBytes()) {
      in.skipBytes(head.end());
      exchange.answer(Reason.BODY_TOO_LARGE);
      return;
    }
    Destination to = serving.routes().match(loop.key());
    if (to == null) {
      in.skipBytes(head.end());
      exchange.answer(Reason.NO_ROUTE);
      return;
    }
    Reason none = exchange.pick(to, b, head);
    if (none == null) {
      exchange.start(upstreamHead(in, b, head, target, to));
    } else {
      in.skipBytes(head.end());
      exchange.answer(none);
    }
  }

  /** Takes the head off {@code in}; the buffer itself when nothing follows. */
  private ByteBuf upstreamHead(
      ByteBuf in, byte[] b, HeadParser head, RequestTarget target, Destination to) {
    int length =
        loop.writer().request(b, head, target, forwarding, to.requestEdits(), exchange.authority());
    byte[] out = loop.writer().bytes();
    if (in.readableBytes() == head.end() && in.capacity() >= length && in.refCnt() == 1) {
      pending = null;
      return in.clear().writeBytes(out, 0, length);
    }
    in.skipBytes(head.end());
    return loop.copy(out, length);
  }

  private boolean body(ByteBuf in) {
    if (!exchange.takesBody()) {
      return false;
    }
    int available = in.readableBytes();
    int taken = Buffers.take(body, in, in.readerIndex(), available);
    if (body.broken()) {
      exchange.requestBroken(Reason.BAD_REQUEST);
      return false;
    }
    if (body.contentBytes() > serving.maxBodyBytes()) {
      exchange.requestBroken(Reason.BODY_TOO_LARGE);
      return false;
    }
    boolean done = body.ended();
    if (done) {
      phase = Phase.RESPONSE;
    }
    if (taken == available) {
      pending = null;
      exchange.requestBytes(in);
    } else {
      exchange.requestBytes(in.readRetainedSlice(taken));
    }
    if (done) {
      exchange.requestDone();
    }
    return true;
  }

  /** The rest of a body that was answered before it had come. */
  private boolean discard(ByteBuf in) {
    in.skipBytes(Buffers.take(body, in, in.readerIndex(), in.readableBytes()));
    if (body.broken()) {
      close(true);
      return false;
    }
    if (!body.ended()) {
      return true;
    }
    phase = Phase.HEAD;
    waitForRequest();
    return true;
  }

  private boolean tunnel(ByteBuf in) {
    if (!exchange.takesBody()) {
      return false;
    }
    pending = null;
    exchange.requestBytes(in);
    return true;
  }

  // --- what the exchange asks for

  /** The upstream connection takes body bytes now. */
  void requestBody() {
    process();
  }

  /** Whether the client has sent more than the request under way. */
  boolean hasPending() {
    return pending != null && pending.isReadable();
  }

  void beginTunnel() {
    phase = Phase.TUNNEL;
  }

  void write(ByteBuf bytes) {
    Channels.write(channel, bytes);
    if (!channel.isWritable()) {
      exchange.readResponse(false);
    }
  }

  void flush() {
    channel.flush();
  }

  void upstreamWritten() {
    upstreamWritten = true;
  }

  void flushUpstream() {
    if (upstreamWritten) {
      upstreamWritten = false;
      exchange.flushUpstream();
    }
  }

  void deadline(long at) {
    if (!gone) {
      loop.wheel().set(deadline, at);
    }
  }

  /** Whether this connection should end with the response under way. */
  boolean closing() {
    return (inputShut && pending == null) || listener.stopping();
  }

  /** Reads from the client only what can be passed on or has to wait for its turn. */
  void updateReading() {
    boolean on =
        switch (phase) {
          case HEAD -> channel.isWritable();
          case DISCARD, LINGER, CLOSED -> true;
          case BODY, TUNNEL -> pending == null || exchange.takesBody();
          case RESPONSE -> pending == null;
        };
    Channels.reading(channel, on);
    if (on && pending != null && !processing && (phase == Phase.BODY || phase == Phase.TUNNEL)) {
      process();
      flushUpstream();
    }
  }

  /**
   * The exchange is over.
   *
   * @param keep the connection persists
   * @param bodyMissing not all of the request has been read
   */
  void exchangeDone(boolean keep, boolean bodyMissing) {
    if (phase == Phase.CLOSED) {
      return;
    }
    gone = false;
    if (!keep) {
      close(bodyMissing || pending != null);
      return;
    }
    headBegun = false;
    if (bodyMissing) {
      phase = Phase.DISCARD;
      deadline(loop.now() + LINGER_NANOS);
    } else {
      phase = Phase.HEAD;
      waitForRequest();
    }
    if (pending != null || inputShut) {
      process(); // or closes, when nothing more will come
      flushUpstream();
    } else {
      updateReading();
    }
  }

  private void waitForRequest() {
    deadline(loop.now() + serving.idleNanos());
  }

  @Override
  public void drain() {
    if (phase == Phase.HEAD && pending == null) {
      Channels.close(channel);
    }
  }

  @Override
  public void closeNow() {
    Channels.close(channel);
  }

  /**
   * Ends the connection such that the client cannot take what it got for whole.
   *
   * @param selfDelimited the client can tell from the framing of what it got
   */
  void abort(boolean selfDelimited) {
    phase = Phase.CLOSED;
    if (channel.isOpen()) {
      if (selfDelimited) {
        closeFlushed();
      } else {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        Channels.close(channel);
      }
    }
  }

  private void close(boolean linger) {
    releasePending();
    if (!linger || inputShut || !(channel instanceof DuplexChannel duplex)) {
      phase = Phase.CLOSED;
      closeFlushed();
      return;
    }
    // Closing with unread input resets the connection and may take the answer with it
    // (RFC 9112 section 9.6): first only our side, while what still comes is thrown away.
    phase = Phase.LINGER;
    gone = false;
    deadline(loop.now() + LINGER_NANOS);
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(written -> {
          if (written.isSuccess()) {
            var _ = duplex.shutdownOutput();
          } else {
            Channels.close(channel);
          }
        });
    Channels.reading(channel, true);
  }

  /** Bounded by the deadline: a client that takes nothing does not keep its connection. */
  private void closeFlushed() {
    loop.wheel().set(deadline, loop.now() + LINGER_NANOS);
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  private void releasePending() {
    ByteBuf in = pending;
    if (in != null) {
      pending = null;
      in.release();
    }
  }
}
