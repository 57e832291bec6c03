package io.weir.agent.l4;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One of the two sockets of a {@link EpollLink} with what is known of its state. Registered with
 * the event loop once, edge-triggered (epoll(7)), so that passing bytes on needs no further call to
 * say what is awaited: what is known to be possible stays so until the kernel says EAGAIN.
 */
final class EpollEnd implements EpollIoHandle {
  private static final EpollIoOps ALL =
      EpollIoOps.EPOLLIN
          .with(EpollIoOps.EPOLLOUT)
          .with(EpollIoOps.EPOLLRDHUP)
          .with(EpollIoOps.EPOLLET);

  private final Socket socket;
  private final EventLoop loop;
  private final Consumer<EpollEnd> ready;
  private @Nullable IoRegistration registration;
  private boolean open = true;

  /** There may be something to read, or the end. */
  boolean readable;

  /** Something may be written. */
  boolean writable;

  /** The peer's FIN has come: when nothing is left to read, nothing will come. */
  boolean finished;

  /** The connection is broken; what had come before can still be read. */
  boolean failed;

  /** Told whenever one of the above has changed. */
  EpollEnd(Socket socket, EventLoop loop, Consumer<EpollEnd> ready) {
    this.socket = socket;
    this.loop = loop;
    this.ready = ready;
  }

  Socket socket() {
    return socket;
  }

  /** On the loop's thread; {@code ready} is called later. */
  void register() throws IOException {
    IoRegistration now = ((IoEventLoop) loop).register(this).getNow();
    if (now == null) {
      throw new IOException("cannot be registered with epoll");
    }
    registration = now;
    now.submit(ALL);
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    EpollIoOps ops = ((EpollIoEvent) event).ops();
    if (!open) {
      return; // closed by what came before it in the same batch
    }
    boolean hangUp = ops.contains(EpollIoOps.EPOLLRDHUP);
    boolean error = ops.contains(EpollIoOps.EPOLLERR);
    readable |= hangUp || error || ops.contains(EpollIoOps.EPOLLIN);
    writable |= error || ops.contains(EpollIoOps.EPOLLOUT);
    finished |= hangUp;
    failed |= error;
    ready.accept(this);
  }

  /** Sends FIN, after what was written. */
  void finish() throws IOException {
    socket.shutdown(false, true);
  }

  boolean isOpen() {
    return open;
  }

  /** With a reset instead of an orderly end. */
  void abort() {
    if (open) {
      try {
        socket.setSoLinger(0);
      } catch (IOException broken) {
        failed = true; // there is no one to reset
      }
      close();
    }
  }

  @Override
  public void close() {
    if (!open) {
      return;
    }
    open = false;
    IoRegistration from = registration;
    if (from != null) {
      from.cancel();
    }
    try {
      // Not before what epoll has told in this round is dealt with: a socket that is opened there
      // would get the number of this one, and with it what was told of this one.
      loop.execute(this::release);
    } catch (RejectedExecutionException over) {
      release();
    }
  }

  private void release() {
    try {
      socket.close();
    } catch (IOException broken) {
      failed = true; // close(2) releases the descriptor whatever it says
    }
  }
}
