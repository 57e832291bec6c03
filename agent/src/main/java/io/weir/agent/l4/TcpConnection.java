package io.weir.agent.l4;

import io.netty.util.NetUtil;
import io.weir.agent.balance.PickInput;
import io.weir.agent.balance.PoolLoad;
import io.weir.agent.balance.PoolLoad.Limit;
import io.weir.agent.balance.Ticket;
import io.weir.agent.l4.FlowRecord.Protocol;
import io.weir.agent.model.Circuit;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Pool;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection from its acceptance to its end: an endpoint is picked and connected to,
 * others are tried while that fails, then bytes are passed on. It ends in exactly one record, and
 * every ticket is closed. Confined to its loop.
 */
final class TcpConnection implements Link.Owner {
  private final HostLoop loop;
  private final Target target;
  private final Sockets sockets;
  private final Consumer<TcpConnection> gone;
  private final long began;
  private final HostLoop.Alarm idle;
  private final Link link;
  private final Ticket ticket = new Ticket();
  private final PickInput input;
  private Set<String> tried = Set.of();
  private @Nullable Attempt attempt;
  private @Nullable String endpoint;
  private int attempts;
  private long connectNanos = -1;
  private boolean over;

  /** Told once that it is over. */
  TcpConnection(
      HostLoop loop,
      Target target,
      Sockets sockets,
      Sockets.Accepted accepted,
      Carriers carriers,
      Consumer<TcpConnection> gone) {
    this.loop = loop;
    this.target = target;
    this.sockets = sockets;
    this.gone = gone;
    began = loop.now();
    loop.metrics().listener(target.listener()).opened();
    idle = loop.alarm(() -> cut(Outcome.IDLE));
    link = accepted.link(carriers, this);
    input = ClientInput.of(target.pool(), link.client());
  }

  /** Call once. */
  void start() {
    if (!over) {
      next(Outcome.NO_ENDPOINT);
    }
  }

  /** Ends it now, in the middle of whatever it is at. */
  void cut(Outcome why) {
    if (!over) {
      link.abort();
      end(why);
    }
  }

  /** Picks an endpoint and connects to it; without one it ends, for {@code why}. */
  private void next(Outcome why) {
    boolean picked = loop.pick(ticket, target.pool(), input, tried);
    if (!picked && !tried.isEmpty()) {
      picked = loop.pick(ticket, target.pool(), input, Set.of()); // there is no other one
    }
    if (picked && !hasRoom()) {
      ticket.close(Ticket.End.ABANDONED, loop.now());
      target.pool().load().overflow(Limit.CONNECTIONS);
      link.abort();
      end(Outcome.OVERFLOW);
    } else if (picked) {
      connect(ticket);
    } else {
      if (why == Outcome.NO_ENDPOINT) {
        target.pool().load().noEndpoint();
      }
      link.abort();
      end(why);
    }
  }

  private boolean hasRoom() {
    Circuit circuit = pool().circuit();
    PoolLoad load = target.pool().load();
    return (circuit.connections() == 0 || load.connections() < circuit.connections())
        && (circuit.pending() == 0 || load.pending() < circuit.pending())
        && (circuit.endpointConnections() == 0
            || ticket.state().connections() < circuit.endpointConnections());
  }

  private void connect(Ticket given) {
    attempt = new Attempt(loop, pool().name(), given, target.pool().load());
    attempts++;
    Endpoint to = given.endpoint();
    endpoint = to.address();
    sockets.resolve(
        loop.eventLoop(),
        to,
        address -> {
          if (!over) {
            resolved(address);
          }
        });
  }

  private void resolved(@Nullable InetSocketAddress address) {
    loop.readCycle();
    if (address == null) {
      connectFailed(Outcome.CONNECT_FAILED);
    } else {
      link.connect(address, Math.toIntExact(pool().timeouts().connect().toMillis()));
    }
  }

  @Override
  public void connected() {
    connectNanos = loop.now() - began;
    if (attempt != null) {
      attempt.accepted();
    }
    moved();
    link.relay();
  }

  @Override
  public void connectFailed(Outcome why) {
    Attempt last = attempt;
    if (attempts > pool().retries()
        || last == null
        || !target.pool().load().mayRetry(pool().circuit(), loop.now())) {
      link.abort();
      end(why);
      return;
    }
    attempt = null;
    last.retry();
    if (tried.isEmpty()) {
      tried = new HashSet<>();
    }
    tried.add(last.endpoint().address());
    next(why);
  }

  @Override
  public void clientGone() {
    end(Outcome.CLIENT_RESET);
  }

  @Override
  public void moved() {
    idle.set(loop.now() + target.idleNanos());
  }

  @Override
  public void ended(Outcome outcome) {
    end(outcome);
  }

  private void end(Outcome outcome) {
    over = true;
    idle.clear();
    Attempt last = attempt;
    if (last != null) {
      attempt = null;
      last.end(outcome, link.received(), link.sent());
    }
    outcome.count(loop.metrics().listener(target.listener()));
    loop.ended(
        new FlowRecord(
            Protocol.TCP,
            target.listener(),
            NetUtil.toAddressString(link.client().getAddress()),
            link.received(),
            link.sent(),
            pool().name(),
            endpoint,
            attempts,
            loop.now() - began,
            connectNanos,
            outcome));
    gone.accept(this);
  }

  private Pool pool() {
    return target.pool().pool();
  }
}
