package io.weir.e2e.delivery;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** One agent's stream, down to its frames. For the thread of its {@link LightFleet}. */
final class LightAgent {
  private static final int FIRST = 512;

  final int number;
  final String name;
  final String zone;

  /** What it runs. */
  String epoch = "";

  long revision;
  String scope = "";

  boolean welcomed;

  @Nullable SocketChannel socket;
  boolean reading = true;

  // What came of a frame, or of a message, that is not whole.
  private @Nullable ByteBuffer pending;
  private @Nullable ByteBuffer message;
  private final Deque<ByteBuffer> unsent = new ArrayDeque<>(1);

  /** Takes what comes, on the fleet's thread. */
  interface Taker {
    /** A whole gRPC message; the buffer is only lent. */
    void message(LightAgent agent, ByteBuffer message) throws IOException;
  }

  LightAgent(int number, String name, String zone) {
    this.number = number;
    this.name = name;
    this.zone = zone;
  }

  void open(SocketAddress controller) throws IOException {
    SocketChannel opened = SocketChannel.open();
    opened.socket().setTcpNoDelay(true);
    opened.configureBlocking(false);
    opened.connect(controller);
    socket = opened;
    pending = null;
    message = null;
    unsent.clear();
  }

  void close() {
    SocketChannel open = socket;
    socket = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // It is gone anyway.
      }
    }
  }

  /** Returns whether all of it went out. */
  boolean write(byte[] bytes) throws IOException {
    unsent.add(ByteBuffer.wrap(bytes));
    return flush();
  }

  boolean flush() throws IOException {
    SocketChannel to = socket;
    while (to != null && !unsent.isEmpty()) {
      ByteBuffer next = unsent.getFirst();
      to.write(next);
      if (next.hasRemaining()) {
        return false;
      }
      unsent.remove();
    }
    return true;
  }

  /**
   * Reads what there is.
   *
   * @param shared large, and empty between calls
   */
  void read(ByteBuffer shared, Taker taker) throws IOException {
    SocketChannel from = socket;
    if (from == null) {
      return;
    }
    shared.clear();
    if (pending != null) {
      shared.put(pending);
      pending = null;
    }
    int count = from.read(shared);
    if (count < 0) {
      throw new EOFException("the controller closed the connection");
    }
    shared.flip();
    while (frame(shared, taker)) {
      // The next one.
    }
    if (shared.hasRemaining()) {
      pending = ByteBuffer.allocate(shared.remaining()).put(shared).flip();
    }
  }

  private boolean frame(ByteBuffer in, Taker taker) throws IOException {
    if (in.remaining() < Frames.HEAD) {
      return false;
    }
    int start = in.position();
    int length = (in.get(start) & 0xFF) << 16 | in.getShort(start + 1) & 0xFFFF;
    if (in.remaining() < Frames.HEAD + length) {
      return false;
    }
    int type = in.get(start + 3);
    int flags = in.get(start + 4);
    ByteBuffer payload = in.slice(start + Frames.HEAD, length);
    in.position(start + Frames.HEAD + length);
    switch (type) {
      case Frames.DATA -> data(payload, taker);
      case Frames.SETTINGS -> {
        if ((flags & Frames.ACK) == 0) {
          write(Frames.settingsAck());
        }
      }
      case Frames.PING -> {
        if ((flags & Frames.ACK) == 0) {
          byte[] opaque = new byte[length];
          payload.get(opaque);
          write(Frames.pingAck(opaque));
        }
      }
      case Frames.RST_STREAM, Frames.GOAWAY ->
          throw new EOFException("the controller ended the stream");
      case Frames.HEADERS -> {
        if ((flags & Frames.END_STREAM) != 0) {
          throw new EOFException("the controller ended the stream");
        }
      }
      default -> {} // windows are large enough
    }
    return true;
  }

  private void data(ByteBuffer payload, Taker taker) throws IOException {
    while (payload.hasRemaining()) {
      ByteBuffer part = message;
      if (part == null && payload.remaining() >= Frames.GRPC_HEAD) {
        int length = payload.getInt(payload.position() + 1);
        if (payload.remaining() >= Frames.GRPC_HEAD + length) {
          // All of it at once, as nearly always.
          int start = payload.position() + Frames.GRPC_HEAD;
          payload.position(start + length);
          taker.message(this, payload.slice(start, length));
          continue;
        }
      }
      part = part == null ? ByteBuffer.allocate(FIRST) : part;
      if (part.position() >= Frames.GRPC_HEAD
          && part.capacity() < Frames.GRPC_HEAD + part.getInt(1)) {
        part = ByteBuffer.allocate(Frames.GRPC_HEAD + part.getInt(1)).put(part.flip());
      }
      int whole =
          part.position() < Frames.GRPC_HEAD ? Frames.GRPC_HEAD : Frames.GRPC_HEAD + part.getInt(1);
      int take = Math.min(whole - part.position(), payload.remaining());
      part.put(payload.slice(payload.position(), take));
      payload.position(payload.position() + take);
      message = part;
      if (part.position() >= Frames.GRPC_HEAD
          && part.position() == Frames.GRPC_HEAD + part.getInt(1)) {
        message = null;
        taker.message(this, part.slice(Frames.GRPC_HEAD, part.position() - Frames.GRPC_HEAD));
      }
    }
  }
}
