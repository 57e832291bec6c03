package io.weir.agent.proxy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;

/** Moves a body at the pace of the slower side, holding no more than one write queue of it. */
final class Pump {
  private final ReadStream<Buffer> from;
  private final WriteStream<Buffer> to;
  private final Runnable progress;
  private long bytes;
  private boolean ended;
  private boolean blocked;
  private boolean stopped;

  /**
   * @param from paused
   * @param progress told of each read and each time that writing goes on
   */
  Pump(ReadStream<Buffer> from, WriteStream<Buffer> to, Runnable progress) {
    this.from = from;
    this.to = to;
    this.progress = progress;
  }

  /** {@code onEnd} is called when all is read, before the other side is ended. */
  void start(Runnable onEnd) {
    from.handler(this::move);
    from.endHandler(end -> {
      ended = true;
      if (!stopped) {
        onEnd.run();
      }
    });
    from.resume();
  }

  /** Whatever still comes is dropped. */
  void stop() {
    stopped = true;
  }

  private void move(Buffer chunk) {
    if (stopped) {
      return;
    }
    bytes += chunk.length();
    progress.run();
    // A failed write shows as the failure of the connection it was meant for.
    var _ = to.write(chunk);
    if (!stopped && to.writeQueueFull()) {
      blocked = true;
      from.pause();
      to.drainHandler(drained -> {
        blocked = false;
        if (!stopped) {
          progress.run();
          from.resume();
        }
      });
    }
  }

  long bytes() {
    return bytes;
  }

  /** All of the body has been read. */
  boolean ended() {
    return ended;
  }

  /** Waiting for the other side to take what it was given. */
  boolean blocked() {
    return blocked;
  }
}
