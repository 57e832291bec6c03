package io.weir.agent.proxy;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.weir.agent.balance.EndpointState;
import io.weir.agent.metrics.EndpointMetrics;
import io.weir.agent.model.Endpoint;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The upstream connections of one loop to one endpoint. Idle ones are used last in, first out, so
 * that as few as the load needs stay in use and the others grow old and are closed.
 */
final class EndpointConnections {
  /** Beyond, a connection is closed after its response. */
  private static final int MAX_IDLE = 256;

  private final Loop loop;
  private final byte[] authority;
  private final InetSocketAddress address;
  private final EndpointMetrics metrics;
  private final EndpointState state;
  private final LoopPool pool;

  /** Open, or about to be. */
  private int own;

  private UpstreamConnection[] idle = new UpstreamConnection[8];
  private int idleCount;
  private boolean retired;

  EndpointConnections(Loop loop, LoopPool pool, Endpoint endpoint, EndpointState state) {
    this.loop = loop;
    this.pool = pool;
    this.state = state;
    metrics = loop.metrics().endpoint(pool.pool().name(), endpoint.address());
    authority = endpoint.address().getBytes(StandardCharsets.US_ASCII);
    address = Transport.address(endpoint.host(), endpoint.port());
  }

  /** As a Host field names it. */
  byte[] authority() {
    return authority;
  }

  EndpointMetrics metrics() {
    return metrics;
  }

  /** Whether it may have a connection now: one is idle, or another one would not be too many. */
  boolean hasRoom() {
    int most = pool.circuit().endpointConnections();
    return most == 0 || idleCount > 0 || own == 0 || state.connections() < most;
  }

  /** Whether a connection need be opened. */
  boolean isExhausted() {
    return idleCount == 0;
  }

  /** Whether this loop has none here. */
  boolean isUnused() {
    return own == 0;
  }

  /** Closes the connection that has been idle for longest; false: none is. */
  boolean closeIdle() {
    boolean any = idleCount > 0;
    closeOldest(any ? 1 : 0);
    return any;
  }

  private void opening() {
    own++;
    state.connections(1);
    pool.load().connecting();
  }

  private void settled(boolean open) {
    pool.load().settled(open);
    if (!open) {
      own--;
      state.connections(-1);
    }
  }

  private void gone() {
    own--;
    state.connections(-1);
    pool.load().closed();
  }

  /** Hands an open connection to {@code exchange}, at once when one is idle. */
  void connect(Exchange exchange, int connectMillis, long idleNanos) {
    while (idleCount > 0) {
      UpstreamConnection connection = idle[--idleCount];
      if (connection.isIdle()) {
        connection.counted(UpstreamConnection.Count.ACTIVE);
        metrics.reused();
        exchange.connected(connection);
        return;
      }
    }
    opening();
    UpstreamConnection connection = new UpstreamConnection(loop, this, idleNanos);
    ChannelFuture connecting =
        loop.upstreamBootstrap()
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis)
            .handler(connection)
            .connect(address);
    exchange.connecting(connecting.channel());
    connecting.addListener(done -> {
      loop.readCycle();
      settled(done.isSuccess());
      if (!done.isSuccess()) {
        exchange.connectFailed(connecting.channel(), reason(done.cause()));
        return;
      }
      connection.counted(UpstreamConnection.Count.ACTIVE);
      metrics.connected();
      if (!exchange.connectedLate(connection, connecting.channel())) {
        connection.release();
      }
    });
  }

  private static Reason reason(Throwable failure) {
    if (failure instanceof ConnectTimeoutException) {
      return Reason.CONNECT_TIMEOUT;
    }
    boolean refused =
        failure instanceof ConnectException
            && String.valueOf(failure.getMessage()).contains("refused");
    return refused ? Reason.CONNECT_REFUSED : Reason.CONNECT_FAILED;
  }

  void putIdle(UpstreamConnection connection) {
    if (retired || idleCount == MAX_IDLE) {
      connection.close();
      return;
    }
    if (idleCount == idle.length) {
      idle = Arrays.copyOf(idle, 2 * idle.length);
    }
    idle[idleCount++] = connection;
    connection.counted(UpstreamConnection.Count.IDLE);
    metrics.idled();
  }

  /** {@code connection} is no good any more. */
  @SuppressWarnings("ReferenceEquality") // that very one
  void closed(UpstreamConnection connection, UpstreamConnection.Count was) {
    switch (was) {
      case NONE -> {}
      case ACTIVE -> {
        gone();
        metrics.closed(false);
      }
      case IDLE -> {
        gone();
        metrics.closed(true);
        for (int i = idleCount - 1; i >= 0; i--) {
          if (idle[i] == connection) {
            System.arraycopy(idle, i + 1, idle, i, --idleCount - i);
            return;
          }
        }
      }
    }
  }

  /** Closes what has been idle for too long; the oldest lie at the bottom. */
  void expire(long now) {
    int expired = 0;
    while (expired < idleCount && idle[expired].idleUntil() - now <= 0) {
      expired++;
    }
    closeOldest(expired);
  }

  /** No more requests come from here: connections are closed, those in use after their response. */
  void retire() {
    retired = true;
    metrics.retire();
    closeOldest(idleCount);
  }

  private void closeOldest(int count) {
    if (count == 0) {
      return;
    }
    UpstreamConnection[] old = Arrays.copyOf(idle, count);
    System.arraycopy(idle, count, idle, 0, idleCount - count);
    idleCount -= count;
    for (UpstreamConnection connection : old) {
      connection.close();
    }
  }
}
