package io.weir.agent.l4;

import io.weir.agent.balance.EndpointState;
import io.weir.agent.balance.PoolLoad;
import io.weir.agent.balance.Ticket;
import io.weir.agent.metrics.EndpointMetrics;
import io.weir.agent.model.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint's turn in a connection or flow, and what is counted of it. Ended exactly once, by
 * {@link #retry} or {@link #end}.
 */
final class Attempt {
  private static final int DONE = 200;

  private final HostLoop loop;
  private final String pool;
  private final Ticket ticket;
  private final EndpointMetrics metrics;
  private final @Nullable PoolLoad load;
  private final long began;
  private boolean connected;
  private boolean heard;

  /** Of a flow, which takes no connection. */
  Attempt(HostLoop loop, String pool, Ticket ticket) {
    this(loop, pool, ticket, null);
  }

  /**
   * @param load where the connection counts; null: there is none
   */
  Attempt(HostLoop loop, String pool, Ticket ticket, @Nullable PoolLoad load) {
    this.loop = loop;
    this.pool = pool;
    this.ticket = ticket;
    this.load = load;
    if (load != null) {
      load.connecting();
      ticket.state().connections(1);
    }
    metrics = loop.metrics().endpoint(pool, ticket.endpoint().address());
    began = loop.now();
    metrics.started();
  }

  /** Its name. */
  String pool() {
    return pool;
  }

  Endpoint endpoint() {
    return ticket.endpoint();
  }

  /** The endpoint has taken the connection. */
  void accepted() {
    connected();
    ticket.accepted(loop.now());
  }

  /** There is a way to the endpoint, and nothing is known of it. */
  void open() {
    connected();
    ticket.unawaited();
  }

  /** The endpoint has said something; as often as it does. */
  void heard() {
    if (!heard) {
      heard = true;
      ticket.answered(false, loop.now());
    }
  }

  private void connected() {
    connected = true;
    if (load != null) {
      load.settled(true);
    }
    metrics.connected();
  }

  /** Its health, among others. */
  EndpointState state() {
    return ticket.state();
  }

  /** It could not be reached, and another is tried. */
  void retry() {
    metrics.retried();
    fail(0, 0);
    ticket.close(Ticket.End.RETRIED, loop.now());
    closed();
  }

  /**
   * @param received bytes from the client
   * @param sent bytes to the client
   */
  void end(Outcome outcome, long received, long sent) {
    switch (outcome) {
      case FINISHED, IDLE, DRAINED, CLIENT_RESET -> {
        if (connected && (sent > 0 || outcome != Outcome.CLIENT_RESET)) {
          metrics.answered(DONE, loop.now() - began, received, sent);
        } else {
          metrics.abandoned(received);
        }
        ticket.close(connected ? Ticket.End.ANSWERED : Ticket.End.ABANDONED, loop.now());
      }
      case NO_ENDPOINT,
          OVERFLOW,
          CONNECT_REFUSED,
          CONNECT_TIMEOUT,
          CONNECT_FAILED,
          ENDPOINT_RESET -> {
        fail(received, sent);
        ticket.close(Ticket.End.FAILED, loop.now());
      }
    }
    closed();
  }

  private void closed() {
    if (connected) {
      metrics.closed(false);
    }
    if (load != null) {
      ticket.state().connections(-1);
      if (connected) {
        load.closed();
      } else {
        load.settled(false);
      }
    }
  }

  private void fail(long received, long sent) {
    metrics.failed(received, sent);
    if (!connected) {
      metrics.connectFailed();
    }
  }
}
