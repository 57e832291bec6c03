package io.weir.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.weir.agent.balance.PoolLoad.Limit;
import io.weir.agent.balance.Ticket;
import io.weir.agent.http1.HeadParser;
import io.weir.agent.http1.HeadWriter.Framing;
import io.weir.agent.http1.HeadWriter.Persistence;
import io.weir.agent.http1.Method;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response.
 *
 * <pre>
 *  open ─ not forwarded, no route ─────────────────────────────────────────────┐
 *    └ pick ─ no endpoint ─────────────────────────────────────────────────────┤
 *        ▲  └ start → connect ─ refused, timed out ─┐                          │ an answer
 *        │              └ send ─ reset, time-out ───┤ may retry? no ───────────┤ of our own
 *        └──────────────── yes ─────────────────────┘                          │
 *             responseHead → responseBytes … responseDone ─────────────────────┤
 *                                └ truncated, stalled → client is cut off ─────┤
 *             anywhere: the client closes ─────────────────────────────────────┤
 *                                                                          end ┘ once
 * </pre>
 *
 * Everything ends in {@link #end}: one access-log record, the ticket closed. Reused by its client
 * connection for one request after the other; confined to its loop.
 */
final class Exchange {
  private static final int MAX_INFORMATIONAL = 16;

  /** Endpoints without room for another connection are passed over; so many, not a whole pool. */
  private static final int MAX_PICKS = 10;

  private static final long NEVER = Long.MAX_VALUE;
  private static final byte[] NO_LINE = {};

  private final Loop loop;
  private final ClientConnection client;
  private final ExchangeRecord record;
  private final RequestInput input;

  private @Nullable Destination destination;
  private @Nullable LoopPool pool;
  private final Ticket ticket = new Ticket();
  private @Nullable EndpointConnections endpoint;
  private @Nullable UpstreamConnection upstream;
  private @Nullable Channel connecting;

  /** The request head as it goes upstream, kept until it can no longer be needed for a retry. */
  private @Nullable ByteBuf head;

  private int headIndex;
  private Set<String> tried = Set.of();
  private Method method = Method.OTHER;
  private boolean active;
  private boolean oldClient;
  private boolean persistent;
  private boolean upgrade;
  private boolean expectsContinue;
  private boolean headSent;
  private boolean bodyStarted;
  private boolean requestSent;
  private boolean responseStarted;
  private boolean responseWhole;
  private boolean selfDelimited;
  private int attempts;
  private int informational;

  /** Until when the whole must be over, by the loop's clock. */
  private long expiry;

  Exchange(Loop loop, ClientConnection client, InetAddress peer) {
    this.loop = loop;
    this.client = client;
    input = new RequestInput(loop, peer);
    record = new ExchangeRecord(loop);
  }

  ClientConnection client() {
    return client;
  }

  boolean isHead() {
    return method == Method.HEAD;
  }

  /** Whether the client speaks HTTP/1.0. */
  boolean oldClient() {
    return oldClient;
  }

  /** Whether the whole request has been handed to the upstream connection. */
  boolean requestSent() {
    return requestSent;
  }

  boolean responseStarted() {
    return responseStarted;
  }

  // --- the request

  /** A new request; {@code request} is its parsed head in {@code b}. */
  void open(byte[] b, HeadParser request, Method method, boolean bodyFollows) {
    this.method = method;
    active = true;
    oldClient = request.minorVersion() == 0;
    persistent = request.persistent();
    upgrade = request.upgrade();
    expectsContinue = request.expectContinue();
    headSent = bodyStarted = responseStarted = responseWhole = false;
    requestSent = !bodyFollows;
    attempts = informational = 0;
    tried = Set.of();
    expiry = NEVER;
    record.begin(client);
    record.describe(b, request);
  }

  /** A head that cannot be read: answered, and nothing behind it is looked at. */
  void refuse(int status, Reason reason, String problem) {
    method = Method.OTHER;
    active = true;
    oldClient = persistent = responseWhole = false;
    requestSent = true;
    record.begin(client);
    finishWith(status, reason, problem, Ticket.End.ANSWERED);
    client.exchangeDone(false, true);
  }

  /** Picks the first endpoint for the request in {@code b}; why there is none, or null. */
  @Nullable Reason pick(Destination to, byte[] b, HeadParser request) {
    destination = to;
    pool = loop.pool(to.pool());
    input.read(pool.keys(), b, request);
    record.pool(pool.pool().name());
    Reason none = pool.admits() ? next() : Reason.OVERFLOW;
    if (none == Reason.NO_ENDPOINT) {
      pool.load().noEndpoint();
    }
    return none;
  }

  /** As a Host field names the endpoint picked. */
  byte[] authority() {
    return endpoint().authority();
  }

  /** Why there is no endpoint, or null. */
  private @Nullable Reason next() {
    for (int picks = 0; picks < MAX_PICKS; picks++) {
      if (!pickOne()) {
        return picks == 0 ? Reason.NO_ENDPOINT : Reason.OVERFLOW;
      }
      EndpointConnections to = endpoint();
      if (to.hasRoom()) {
        attempts++;
        record.endpoint(ticket.endpoint().address(), attempts, to.metrics());
        return null;
      }
      ticket.close(Ticket.End.ABANDONED, loop.now());
      if (!tryNoMore(ticket.endpoint().address())) {
        break; // no other one has room
      }
    }
    pool().load().overflow(Limit.CONNECTIONS);
    return Reason.OVERFLOW;
  }

  /** False: that was so before. */
  private boolean tryNoMore(String address) {
    if (tried.isEmpty()) {
      tried = new HashSet<>();
    }
    return tried.add(address);
  }

  private boolean pickOne() {
    LoopPool from = pool();
    boolean picked = from.pick(ticket, input, tried);
    if (!picked && !tried.isEmpty()) {
      picked = from.pick(ticket, input, Set.of()); // there is no other one
    }
    if (picked) {
      endpoint = from.connections(ticket);
    }
    return picked;
  }

  /** Sends {@code head}, which it now owns, as soon as there is a connection. */
  void start(ByteBuf head) {
    this.head = head;
    headIndex = head.readerIndex();
    long limit = pool().requestNanos();
    expiry = limit == 0 ? NEVER : loop.now() + limit;
    var _ = connect();
  }

  /** False: that would be too many connections, and it is over. */
  private boolean connect() {
    awaitNext();
    LoopPool from = pool();
    if (!from.mayConnect(endpoint())) {
      answer(Reason.OVERFLOW, Ticket.End.ABANDONED);
      return false;
    }
    endpoint().connect(this, from.connectMillis(), from.idleNanos());
    return true;
  }

  /** Sets the deadline for what comes next: the rest of the request, or the response's head. */
  private void awaitNext() {
    deadline(requestSent ? pool().responseNanos() : pool().idleNanos());
  }

  private void deadline(long nanos) {
    client.deadline(Math.min(loop.now() + nanos, expiry));
  }

  void connecting(Channel channel) {
    connecting = channel;
  }

  /** A connection that was awaited; false: nobody awaits it any more. */
  @SuppressWarnings("ReferenceEquality") // that very one
  boolean connectedLate(UpstreamConnection connection, Channel channel) {
    if (connecting != channel) {
      return false;
    }
    connecting = null;
    connected(connection);
    client.requestBody();
    client.flushUpstream();
    return true;
  }

  void connected(UpstreamConnection connection) {
    connection.use(this);
    upstream = connection;
    ByteBuf toSend = Objects.requireNonNull(head);
    headSent = true;
    toSend.readerIndex(headIndex);
    if (method.idempotent() && !upgrade && attempts <= pool().retries()) {
      toSend.retain();
    } else {
      head = null;
    }
    Channels.write(connection.channel(), toSend);
    client.upstreamWritten();
  }

  @SuppressWarnings("ReferenceEquality") // that very one
  void connectFailed(Channel channel, Reason reason) {
    if (connecting == channel) {
      connecting = null;
      record.connectFailed();
      failed(reason);
      client.flush();
    }
  }

  /** Whether body bytes can be taken now. */
  boolean takesBody() {
    UpstreamConnection to = upstream;
    return to != null && to.channel().isWritable();
  }

  /** Bytes of the body, framing included. */
  void requestBytes(ByteBuf bytes) {
    UpstreamConnection to = upstream;
    if (to == null) {
      bytes.release();
      return;
    }
    if (!bodyStarted) {
      bodyStarted = true;
      releaseHead();
    }
    record.addReceived(bytes.readableBytes());
    Channels.write(to.channel(), bytes);
    client.upstreamWritten();
    progress();
  }

  void requestDone() {
    requestSent = true;
    if (!responseStarted) {
      awaitNext();
    }
  }

  void flushUpstream() {
    UpstreamConnection to = upstream;
    if (to != null) {
      to.channel().flush();
    }
  }

  /** Bytes have moved. */
  void progress() {
    if (active && pool != null) {
      deadline(pool().idleNanos());
    }
  }

  // --- the response

  /** Reading what the endpoint sends goes on or pauses. */
  void readResponse(boolean on) {
    UpstreamConnection from = upstream;
    if (from != null) {
      from.reading(on);
    }
  }

  /** A 1xx head other than 101; false: too many, the exchange is over. */
  boolean informational(byte[] b, HeadParser response) {
    if (++informational > MAX_INFORMATIONAL) {
      upstreamInvalid();
      return false;
    }
    if (response.status() == 100) {
      expectsContinue = false;
    }
    if (!oldClient) {
      int length =
          loop.writer()
              .response(
                  b, response, destination().responseEdits(), Persistence.SILENT, Framing.SAME);
      client.write(loop.copy(loop.writer().bytes(), length));
    }
    return true;
  }

  /**
   * Writes the head for the client into the loop's writer, its length.
   *
   * @param framing how the body is passed on
   * @param untilClose it ends with the client's connection
   */
  int responseHead(byte[] b, HeadParser response, Framing framing, boolean untilClose) {
    releaseHead();
    responseStarted = true;
    selfDelimited = !untilClose;
    record.status(response.status());
    record.answering();
    ticket.answered(response.status(), loop.now());
    persistent &= !untilClose && !unreadable() && !client.closing();
    Persistence said =
        !persistent ? Persistence.CLOSE : oldClient ? Persistence.KEEP_ALIVE : Persistence.SILENT;
    if (requestSent) {
      progress();
    }
    return loop.writer()
        .response(b, response, destination().responseEdits(), setCookie(), said, framing);
  }

  /** A line for a client that does not know its endpoint yet. */
  private byte[] setCookie() {
    RequestKeys keys = ticket.newcomer() ? pool().keys() : null;
    return keys == null ? NO_LINE : keys.setCookie(ticket);
  }

  /** The rest of the request may never come, as the client was not told to go on. */
  private boolean unreadable() {
    return !requestSent && expectsContinue && !bodyStarted;
  }

  /** Likewise for a 101; below 0: nobody asked for it and the exchange is over. */
  int switchProtocols(byte[] b, HeadParser response) {
    if (!upgrade || !requestSent || client.hasPending()) {
      // What a client has sent behind its request was meant as HTTP and must not be taken for more.
      upstreamInvalid();
      return -1;
    }
    releaseHead();
    responseStarted = true;
    selfDelimited = true;
    persistent = false;
    record.status(101);
    record.answering();
    ticket.answered(101, loop.now());
    expiry = NEVER;
    responseWhole = true; // whatever comes of the tunnel
    client.beginTunnel();
    progress();
    return loop.writer()
        .response(
            b,
            response,
            destination().responseEdits(),
            setCookie(),
            Persistence.UPGRADE,
            Framing.SAME);
  }

  /** {@code content} of {@code bytes} are the body's. */
  void responseBytes(ByteBuf bytes, int content) {
    record.addSent(content);
    client.write(bytes);
    if (requestSent) {
      progress();
    }
  }

  /** The response is complete; the connection has already gone back. */
  void responseDone() {
    upstream = null;
    boolean missing = !requestSent;
    responseWhole = true;
    end(Ticket.End.ANSWERED);
    client.exchangeDone(persistent, missing);
  }

  // --- what goes wrong

  /** What came is not an answer. */
  void upstreamInvalid() {
    dropUpstream();
    if (responseStarted) {
      truncated(Reason.UPSTREAM_TRUNCATED, Ticket.End.FAILED);
    } else {
      answer(Reason.UPSTREAM_INVALID);
    }
  }

  /** Closed before a response. */
  void upstreamClosed() {
    upstream = null;
    failed(Reason.UPSTREAM_RESET);
  }

  /** The response cannot be completed: the client must see that it is cut off. */
  void upstreamBroke() {
    dropUpstream();
    truncated(Reason.UPSTREAM_TRUNCATED, Ticket.End.FAILED);
  }

  private void truncated(Reason reason, Ticket.End how) {
    record.reason(reason);
    end(how);
    client.abort(selfDelimited);
  }

  void tunnelEnded() {
    upstream = null;
    end(Ticket.End.ANSWERED);
    client.exchangeDone(false, false);
  }

  /** Tries elsewhere if nothing can have happened, or answers for the endpoint. */
  private void failed(Reason reason) {
    boolean safe = !headSent || (head != null && !bodyStarted);
    if (!safe || attempts > pool().retries() || !ticket.isOpen() || !pool().mayRetry()) {
      answer(reason);
      return;
    }
    ticket.close(Ticket.End.RETRIED, loop.now());
    record.retried();
    tryNoMore(ticket.endpoint().address());
    headSent = false;
    Reason none = next();
    if (none == null) {
      if (connect()) {
        client.requestBody();
        client.flushUpstream();
      }
    } else {
      answer(none == Reason.OVERFLOW ? none : reason);
    }
  }

  /** Answers in the endpoint's stead. */
  void answer(Reason reason) {
    answer(reason, Ticket.End.FAILED);
  }

  private void answer(Reason reason, Ticket.End how) {
    persistent &= !reason.closes() && !unreadable() && !client.closing();
    boolean missing = !requestSent;
    finishWith(reason.status(), reason, reason.text(), how);
    client.exchangeDone(persistent, missing);
  }

  private void finishWith(int status, Reason reason, String text, Ticket.End how) {
    record.status(status);
    record.reason(reason);
    ByteBuf bytes = Answer.of(loop, status, reason, text, persistent, oldClient, isHead());
    client.write(bytes);
    responseWhole = true;
    end(how);
  }

  /**
   * Time is up, for whatever was awaited.
   *
   * @param clientTakes what is sent to the client gets away
   */
  void expired(boolean clientTakes) {
    boolean late = loop.now() >= expiry;
    boolean clientIsLate = !requestSent && connecting == null && takesBody();
    boolean tunnel = record.status() == 101;
    abandonConnecting();
    dropUpstream();
    if (tunnel) {
      end(Ticket.End.ANSWERED);
      client.abort(true);
    } else if (late) {
      cutOff(Reason.DEADLINE_EXCEEDED, Ticket.End.FAILED);
    } else if (!clientTakes && responseStarted) {
      truncated(Reason.CLIENT_STALLED, Ticket.End.ABANDONED);
    } else if (clientIsLate && !responseStarted) {
      answer(Reason.REQUEST_TIMEOUT, Ticket.End.ABANDONED);
    } else {
      cutOff(Reason.RESPONSE_TIMEOUT, Ticket.End.FAILED);
    }
  }

  /** The request's framing is broken, or it is too large: no more of it may reach the endpoint. */
  void requestBroken(Reason reason) {
    abandonConnecting();
    dropUpstream();
    cutOff(reason, Ticket.End.ABANDONED);
  }

  private void cutOff(Reason reason, Ticket.End how) {
    if (responseStarted) {
      truncated(reason, how);
    } else {
      answer(reason, how);
    }
  }

  /** The client is gone. */
  void clientGone() {
    if (!active) {
      return;
    }
    abandonConnecting();
    dropUpstream();
    if (record.status() != 101) {
      if (!responseStarted) {
        record.status(Reason.CLIENT_CLOSED.status());
      }
      record.reason(Reason.CLIENT_CLOSED);
    }
    end(Ticket.End.ABANDONED);
  }

  private void abandonConnecting() {
    Channel channel = connecting;
    if (channel != null) {
      connecting = null;
      Channels.close(channel);
    }
  }

  private void dropUpstream() {
    UpstreamConnection from = upstream;
    if (from != null) {
      upstream = null;
      from.close();
    }
  }

  private void releaseHead() {
    ByteBuf kept = head;
    if (kept != null) {
      head = null;
      kept.release();
    }
  }

  private void end(Ticket.End how) {
    active = false;
    releaseHead();
    if (ticket.isOpen()) {
      ticket.close(how, loop.now());
      record.counted(how, responseStarted);
    }
    record.end(responseWhole);
    pool = null;
    endpoint = null;
  }

  private LoopPool pool() {
    return Objects.requireNonNull(pool);
  }

  private EndpointConnections endpoint() {
    return Objects.requireNonNull(endpoint);
  }

  private Destination destination() {
    return Objects.requireNonNull(destination);
  }
}
