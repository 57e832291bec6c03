package io.weir.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.weir.agent.http1.BodyTracker;
import io.weir.agent.http1.HeadParser;
import io.weir.agent.http1.HeadWriter.Framing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One connection to an endpoint: frames its responses and passes them to the exchange that has the
 * connection. What comes while no exchange has it, or behind the end of a response, ends it.
 */
final class UpstreamConnection extends ChannelInboundHandlerAdapter {
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** As what it is counted among an endpoint's connections. */
  enum Count {
    NONE,
    ACTIVE,
    IDLE
  }

  private enum Phase {
    IDLE,
    HEAD,
    BODY,
    TUNNEL,
    CLOSED
  }

  private final Loop loop;
  private final EndpointConnections home;
  private final long idleNanos;
  private final BodyTracker body = new BodyTracker();

  private @Nullable Channel channel;
  private @Nullable Exchange exchange;
  private @Nullable ClientConnection toFlush;
  private @Nullable ByteBuf partial;
  private Phase phase = Phase.IDLE;
  private Count count = Count.NONE;
  private Framing framing = Framing.SAME;
  private boolean persistent;

  /** The last read may have left something behind. */
  private boolean full;

  private boolean reset;
  private long idleUntil;

  UpstreamConnection(Loop loop, EndpointConnections home, long idleNanos) {
    this.loop = loop;
    this.home = home;
    this.idleNanos = idleNanos;
  }

  /** Good for another request, as far as can be told from here. */
  boolean isIdle() {
    return phase == Phase.IDLE && channel().isActive();
  }

  long idleUntil() {
    return idleUntil;
  }

  Channel channel() {
    return Objects.requireNonNull(channel);
  }

  void use(Exchange by) {
    exchange = by;
    phase = Phase.HEAD;
  }

  void counted(Count now) {
    count = now;
  }

  void reading(boolean on) {
    Channels.reading(channel(), on);
  }

  /** Back to the idle ones. */
  void release() {
    exchange = null;
    if (phase == Phase.CLOSED) {
      return;
    }
    phase = Phase.IDLE;
    reading(true); // or its end would not be seen
    idleUntil = loop.now() + idleNanos;
    home.putIdle(this);
  }

  /** Ends it, whatever is under way; its exchange hears nothing of it. */
  void close() {
    exchange = null;
    phase = Phase.CLOSED;
    home.closed(this, count);
    count = Count.NONE;
    Channel c = channel;
    if (c != null) {
      Channels.close(c);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    channel = ctx.channel();
    channel
        .config()
        .setRecvByteBufAllocator(new Reads(() -> phase == Phase.BODY ? body.missing() : 0));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    loop.readCycle();
    ByteBuf in = (ByteBuf) message;
    Exchange current = exchange;
    if (current == null) {
      in.release(); // nothing was asked
      if (phase != Phase.CLOSED) {
        close();
      }
      return;
    }
    toFlush = current.client();
    full = !in.isWritable();
    ByteBuf before = partial;
    if (before != null) {
      partial = null;
      in = Buffers.join(ctx.alloc(), before, in);
    }
    switch (phase) {
      case HEAD -> head(ctx, current, in);
      case BODY -> body(current, in, in.readerIndex());
      case TUNNEL -> current.responseBytes(in, in.readableBytes());
      case IDLE, CLOSED -> in.release();
    }
  }

  private void head(ChannelHandlerContext ctx, Exchange current, ByteBuf in) {
    HeadParser head = loop.responses();
    byte[] scratch = loop.scratch();
    while (true) {
      int n = Math.min(in.readableBytes(), scratch.length);
      in.getBytes(in.readerIndex(), scratch, 0, n);
      int result = n == 0 ? HeadParser.INCOMPLETE : head.parseResponse(scratch, 0, n);
      if (result == HeadParser.INCOMPLETE) {
        keep(in);
        return;
      }
      if (result != HeadParser.COMPLETE || isUnaskedInterim(head.status())) {
        in.release();
        current.upstreamInvalid();
        return;
      }
      if (head.status() >= 200) {
        finalHead(ctx, current, in);
        return;
      }
      if (head.status() == 101) {
        switchProtocols(ctx, current, in);
        return;
      }
      if (!current.informational(scratch, head)) {
        in.release();
        return;
      }
      in.skipBytes(head.end());
    }
  }

  /** 102 and what is not registered would have to be asked for (RFC 9110 section 15.2). */
  private static boolean isUnaskedInterim(int status) {
    return status < 200 && status != 100 && status != 101 && status != 103;
  }

  private void keep(ByteBuf in) {
    if (in.isReadable()) {
      partial = in;
    } else {
      in.release();
    }
  }

  private void finalHead(ChannelHandlerContext ctx, Exchange current, ByteBuf in) {
    HeadParser head = loop.responses();
    body.response(head, current.isHead());
    boolean old = current.oldClient();
    boolean untilClose = old && (body.chunked() || body.untilClose());
    framing =
        old && head.chunked()
            ? Framing.UNTIL_CLOSE
            : !old && body.untilClose() ? Framing.CHUNKED : Framing.SAME;
    persistent = head.persistent() && !body.untilClose();
    int headEnd = in.readerIndex() + head.end();
    int length = current.responseHead(loop.scratch(), head, framing, untilClose);
    ByteBuf out = Buffers.replaceHead(ctx.alloc(), in, headEnd, loop.writer().bytes(), length);
    phase = Phase.BODY;
    body(current, out, out.readerIndex() + length);
  }

  private void switchProtocols(ChannelHandlerContext ctx, Exchange current, ByteBuf in) {
    int headEnd = in.readerIndex() + loop.responses().end();
    int length = current.switchProtocols(loop.scratch(), loop.responses());
    if (length < 0) {
      in.release();
      return;
    }
    phase = Phase.TUNNEL;
    ByteBuf out = Buffers.replaceHead(ctx.alloc(), in, headEnd, loop.writer().bytes(), length);
    current.responseBytes(out, out.readableBytes() - length);
  }

  /** Passes on {@code in}, of which the body begins at {@code bodyStart}. */
  private void body(Exchange current, ByteBuf in, int bodyStart) {
    int available = in.writerIndex() - bodyStart;
    int taken =
        switch (framing) {
          case SAME -> same(current, in, bodyStart, available);
          case CHUNKED -> chunk(current, in, bodyStart, available);
          case UNTIL_CLOSE -> dechunk(current, in, bodyStart, available);
        };
    if (body.broken()) {
      current.upstreamBroke();
      return;
    }
    persistent &= taken == available; // or there are bytes that nobody asked for
    if (body.ended() && exchange == current) {
      responseDone(current);
    }
  }

  private int same(Exchange current, ByteBuf in, int bodyStart, int available) {
    int taken = Buffers.take(body, in, bodyStart, available);
    in.writerIndex(bodyStart + taken);
    if (in.isReadable()) {
      current.responseBytes(in, taken);
    } else {
      in.release();
    }
    return taken;
  }

  /** A body that ends with the connection, in chunks: so that the client can tell its end. */
  private int chunk(Exchange current, ByteBuf in, int bodyStart, int available) {
    if (bodyStart > in.readerIndex()) {
      current.responseBytes(in.readRetainedSlice(bodyStart - in.readerIndex()), 0);
    }
    if (available == 0) {
      in.release();
      return 0;
    }
    byte[] size = (Integer.toHexString(available) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    current.responseBytes(loop.copy(size, size.length), 0);
    current.responseBytes(in, available);
    current.responseBytes(Unpooled.wrappedBuffer(CRLF), 0);
    return available;
  }

  /** A body in chunks, for a client that knows none. */
  private int dechunk(Exchange current, ByteBuf in, int bodyStart, int available) {
    if (bodyStart > in.readerIndex()) {
      current.responseBytes(in.readRetainedSlice(bodyStart - in.readerIndex()), 0);
    }
    ByteBuffer bytes = in.internalNioBuffer(bodyStart, available);
    int before = bytes.position();
    body.take(
        bytes,
        (position, length) ->
            current.responseBytes(in.retainedSlice(bodyStart + position - before, length), length));
    int taken = bytes.position() - before;
    in.release();
    return taken;
  }

  private void responseDone(Exchange current) {
    exchange = null;
    // Where a response ends with the buffer, bytes that nobody asked for may lie behind it, and
    // would
    // be taken for the next answer.
    if (persistent && !full && current.requestSent()) {
      release();
    } else {
      close();
    }
    current.responseDone();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ClientConnection client = toFlush;
    if (client != null) {
      toFlush = null;
      client.flush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Exchange current = exchange;
    if (current != null) {
      current.client().updateReading();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ByteBuf before = partial;
    if (before != null) {
      partial = null;
      before.release();
    }
    Exchange current = exchange;
    Phase was = phase;
    if (was != Phase.CLOSED) {
      close();
    }
    if (current == null) {
      return;
    }
    loop.readCycle();
    switch (was) {
      case HEAD -> {
        if (before == null) {
          current.upstreamClosed();
        } else {
          current.upstreamInvalid();
        }
      }
      case BODY -> {
        if (body.untilClose() && !reset) {
          untilCloseDone(current);
        } else {
          current.upstreamBroke();
        }
      }
      case TUNNEL -> current.tunnelEnded();
      case IDLE, CLOSED -> {}
    }
    current.client().flush();
  }

  private void untilCloseDone(Exchange current) {
    if (framing == Framing.CHUNKED) {
      current.responseBytes(Unpooled.wrappedBuffer(LAST_CHUNK), 0);
    }
    current.responseDone();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    reset = true;
    Channels.close(ctx.channel());
  }
}
