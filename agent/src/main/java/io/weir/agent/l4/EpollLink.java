package io.weir.agent.l4;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Two sockets of which epoll(7) tells, and between which bytes are moved by splice(2) where they
 * are many, else by recv(2) and send(2). A FIN is passed on once all before it has been; a reset
 * once what came before it has been, as a client of the endpoint itself would see it.
 */
final class EpollLink implements Link {
  /** So many small reads in a row end the expectation of large ones. */
  private static final int LITTLES = 4;

  /** Bytes that one direction may move before others get their turn. */
  private static final int TURN = 1 << 20;

  private final HostLoop loop;
  private final Owner owner;
  private final InetSocketAddress address;
  private final EpollEnd client;
  private final Carriers carriers;
  private @Nullable EpollEnd endpoint;
  private @Nullable ScheduledFuture<?> connectTimeout;
  private @Nullable Direction up;
  private @Nullable Direction down;

  /** One way of the relay. */
  private static final class Direction {
    final EpollEnd from;
    final EpollEnd to;
    long moved;

    /** Present while bytes are in it. */
    @Nullable Carrier carrier;

    /** Much is to be expected. */
    boolean bulk;

    /** Reads since the last large one. */
    int littles;

    /** FIN was passed on, or {@link #to} takes nothing any more. */
    boolean done;

    boolean waitsForTurn;

    Direction(EpollEnd from, EpollEnd to) {
      this.from = from;
      this.to = to;
    }
  }

  EpollLink(
      Socket socket, InetSocketAddress address, Carriers carriers, HostLoop loop, Owner owner) {
    this.loop = loop;
    this.owner = owner;
    this.address = address;
    this.carriers = carriers;
    client = new EpollEnd(socket, loop.eventLoop(), this::ready);
    try {
      client.register();
    } catch (IOException e) {
      client.failed = true;
      loop.eventLoop().execute(() -> ready(client));
    }
  }

  @Override
  public InetSocketAddress client() {
    return address;
  }

  @Override
  public void connect(InetSocketAddress to, int timeoutMillis) {
    try {
      EpollEnd end = new EpollEnd(Socket.newSocketStream(), loop.eventLoop(), this::ready);
      endpoint = end;
      end.socket().setTcpNoDelay(true);
      boolean atOnce = end.socket().connect(to);
      end.register();
      if (atOnce) {
        connected();
        return;
      }
    } catch (IOException e) {
      connectFailed(reason(e));
      return;
    } catch (ChannelException outOfDescriptors) {
      connectFailed(Outcome.CONNECT_FAILED);
      return;
    }
    connectTimeout =
        loop.eventLoop()
            .schedule(
                () -> {
                  loop.readCycle();
                  connectFailed(Outcome.CONNECT_TIMEOUT);
                },
                timeoutMillis,
                TimeUnit.MILLISECONDS);
  }

  private static Outcome reason(IOException failure) {
    boolean refused =
        failure instanceof ConnectException
            && String.valueOf(failure.getMessage()).contains("refused");
    return refused ? Outcome.CONNECT_REFUSED : Outcome.CONNECT_FAILED;
  }

  private void connectFailed(Outcome why) {
    endConnecting();
    EpollEnd end = endpoint;
    if (end != null) {
      endpoint = null;
      end.close();
    }
    owner.connectFailed(why);
  }

  private void connected() {
    endConnecting();
    owner.connected();
  }

  private void endConnecting() {
    ScheduledFuture<?> timeout = connectTimeout;
    if (timeout != null) {
      connectTimeout = null;
      timeout.cancel(false);
    }
  }

  @Override
  public void relay() {
    EpollEnd end = Objects.requireNonNull(endpoint);
    Direction there = new Direction(client, end);
    Direction back = new Direction(end, client);
    up = there;
    down = back;
    pump(there);
    if (client.isOpen()) {
      pump(back);
    }
  }

  private void ready(EpollEnd end) {
    if (!client.isOpen()) {
      return;
    }
    loop.readCycle();
    Direction there = up;
    Direction back = down;
    if (there == null || back == null) {
      readyBeforeRelay(end);
      return;
    }
    pump(there);
    if (client.isOpen()) {
      pump(back);
    }
    Direction from = there.from.equals(end) ? there : back;
    if (client.isOpen() && end.failed && from.done) {
      ended(end);
    }
  }

  private void readyBeforeRelay(EpollEnd end) {
    if (end.equals(client)) {
      if (end.failed) {
        abort();
        owner.clientGone();
      }
    } else if (end.writable || end.failed) {
      try {
        if (end.socket().finishConnect()) {
          connected();
        }
      } catch (IOException e) {
        connectFailed(reason(e));
      }
    }
  }

  /** Passes on what there is, until one of the two has to be waited for. */
  private void pump(Direction way) {
    int turn = TURN;
    long before = way.moved;
    while (client.isOpen() && !way.done) {
      if (way.carrier != null) {
        if (!way.to.writable || !write(way, way.carrier)) {
          break;
        }
      } else if (!way.from.readable) {
        break;
      } else if (turn <= 0) {
        goOnLater(way);
        break;
      } else {
        turn -= read(way);
      }
    }
    if (way.moved != before && client.isOpen()) {
      owner.moved();
    }
  }

  private void goOnLater(Direction way) {
    if (!way.waitsForTurn) {
      way.waitsForTurn = true;
      loop.eventLoop()
          .execute(() -> {
            way.waitsForTurn = false;
            loop.readCycle();
            pump(way);
          });
    }
  }

  private int read(Direction way) {
    Carrier carrier;
    int read;
    try {
      carrier = carriers.take(way.bulk);
    } catch (IOException outOfDescriptors) {
      way.bulk = false;
      return 0;
    }
    try {
      read = carrier.fill(way.from.socket());
    } catch (IOException e) {
      carriers.give(carrier);
      way.from.failed = true;
      ended(way.from);
      return 0;
    }
    if (read > 0) {
      way.carrier = carrier;
      // Nothing more is there when not all the room was needed (epoll(7)), except for an end that
      // has been told of; of a pipe the slots may have been too few.
      way.from.readable = way.bulk || read == Chunk.BYTES || way.from.finished || way.from.failed;
      way.littles = read >= Chunk.BYTES ? 0 : way.littles + 1;
      way.bulk = way.littles == 0 || (way.bulk && way.littles < LITTLES);
      return read;
    }
    carriers.give(carrier);
    way.from.readable = false;
    if (way.from.failed) {
      ended(way.from);
    } else if (read < 0 || way.from.finished) {
      finish(way);
    }
    return 0;
  }

  /** Whether to go on. */
  private boolean write(Direction way, Carrier carrier) {
    try {
      int written = carrier.drain(way.to.socket());
      way.moved += written;
      if (carrier.isEmpty()) {
        way.carrier = null;
        carriers.give(carrier);
      } else if (written == 0) {
        way.to.writable = false;
      }
      return written > 0;
    } catch (IOException e) {
      writeFailed(way);
      return false;
    }
  }

  /** All of it has been passed on. */
  private void finish(Direction way) {
    way.done = true;
    try {
      way.to.finish();
    } catch (IOException e) {
      writeFailed(way);
      return;
    }
    if (Objects.requireNonNull(up).done && Objects.requireNonNull(down).done) {
      close(EpollEnd::close);
      owner.ended(Outcome.FINISHED);
    }
  }

  /** It takes nothing any more, but may have said something before. */
  private void writeFailed(Direction way) {
    way.done = true;
    discard(way);
    EpollEnd broken = way.to;
    broken.failed = true;
    broken.finished = true;
    Direction other = Objects.requireNonNull(way.equals(up) ? down : up);
    if (other.done) {
      ended(broken);
    } else {
      broken.readable = true;
      pump(other);
    }
  }

  private void ended(EpollEnd broken) {
    if (client.isOpen()) {
      abort();
      owner.ended(broken.equals(client) ? Outcome.CLIENT_RESET : Outcome.ENDPOINT_RESET);
    }
  }

  @Override
  public void abort() {
    close(EpollEnd::abort);
  }

  private void close(Consumer<EpollEnd> how) {
    endConnecting();
    how.accept(client);
    EpollEnd end = endpoint;
    if (end != null) {
      how.accept(end);
    }
    Direction there = up;
    Direction back = down;
    if (there != null && back != null) {
      discard(there);
      discard(back);
    }
  }

  private void discard(Direction way) {
    Carrier carrier = way.carrier;
    if (carrier != null) {
      way.carrier = null;
      carriers.give(carrier);
    }
  }

  @Override
  public long received() {
    return up == null ? 0 : up.moved;
  }

  @Override
  public long sent() {
    return down == null ? 0 : down.moved;
  }
}
