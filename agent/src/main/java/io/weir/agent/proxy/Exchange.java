package io.weir.agent.proxy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.weir.agent.balance.Balancer;
import io.weir.agent.balance.Pick;
import io.weir.agent.balance.PoolMembers;
import io.weir.agent.balance.Ticket;
import io.weir.agent.model.Pool;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One request from its head to its end, on one event loop.
 *
 * <pre>
 *  begin ─ rejected, no route ────────────────────────────────────────────────┐
 *    └ forward → pick ─ no endpoint ──────────────────────────────────────────┤
 *               ▲  └ connect ─ refused, timed out ─┐                          │ an answer
 *               │       └ send ─ reset, time-out ──┤ may retry? no ───────────┤ of our own
 *               └──────────────── yes ─────────────┘                          │
 *                 head of the answer → relay ─ whole ─────────────────────────┤
 *                                        └ truncated, stalled → reset client ─┤
 *                 anywhere: the client closes ────────────────────────────────┤
 *                                                                      finish ┘ once
 * </pre>
 *
 * Everything ends in {@link #finish}: one access-log record, the ticket closed.
 */
final class Exchange {
  /** RFC 9110 section 9.2.2, without those that are not forwarded. */
  private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS");

  private final Services services;
  private final Loop loop;
  private final Serving serving;
  private final ClientSide client;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final Instant time;
  private final long began;
  private final Deadline deadline;
  private final Set<String> tried = new HashSet<>(2);

  private RequestCheck.@Nullable Accepted accepted;
  private @Nullable Balancer balancer;
  private @Nullable Attempt attempt;
  private @Nullable Pump upload;
  private @Nullable String endpoint;
  private int attempts;
  private long answeredAfter = -1;
  private boolean done;

  /** What exchanges share. {@code log} is not closed by them. */
  record Services(InstantSource clock, LongSupplier nanos, AccessLog log) {}

  Exchange(
      Services services,
      Loop loop,
      OpenListener listener,
      ClientConnection connection,
      HttpServerRequest request) {
    this.services = services;
    this.loop = loop;
    this.serving = listener.serving();
    this.client = new ClientSide(connection, request, loop, listener);
    this.request = request;
    this.response = request.response();
    time = services.clock().instant();
    began = services.nanos().getAsLong();
    deadline = loop.deadline();
    response.exceptionHandler(this::clientFailed);
    response.closeHandler(closed -> clientGone());
    request.exceptionHandler(this::clientFailed);
  }

  Serving serving() {
    return serving;
  }

  void reject(RequestCheck.Rejected rejected) {
    answer(rejected.status(), rejected.reason(), rejected.why(), Ticket.End.FAILED);
  }

  void unrouted(RequestCheck.Accepted unrouted) {
    accepted = unrouted;
    answer(Reason.NO_ROUTE, Ticket.End.FAILED);
  }

  void forward(RequestCheck.Accepted routed, PoolMembers members) {
    accepted = routed;
    balancer = loop.balancer(members);
    if (routed.body()) {
      request.pause();
    }
    pick(balancer);
  }

  private void pick(Balancer from) {
    Pick pick = from.pick(tried);
    if (!tried.isEmpty() && pick instanceof Pick.NoEndpoint) {
      pick = from.pick(Set.of()); // there is no other one
    }
    switch (pick) {
      case Pick.NoEndpoint none -> answer(Reason.NO_ENDPOINT, Ticket.End.FAILED);
      case Ticket ticket -> connect(new Attempt(ticket));
    }
  }

  private Pool pool() {
    return Objects.requireNonNull(balancer).members().pool();
  }

  private void connect(Attempt now) {
    attempt = now;
    attempts++;
    endpoint = now.address();
    loop.upstreams()
        .request(
            pool().timeouts(),
            now.ticket.endpoint(),
            request.method().name(),
            Objects.requireNonNull(accepted).target())
        .onComplete(connected -> {
          if (connected.failed()) {
            failed(now, UpstreamFailure.ofConnect(connected.cause()), true);
          } else if (now.connected(connected.result())) {
            send(now, connected.result());
          }
        });
  }

  private void send(Attempt now, HttpClientRequest upstream) {
    upstream.exceptionHandler(failure -> failed(now, UpstreamFailure.ofAnswer(failure), false));
    upstream.continueHandler(go -> {
      if (interim(now)) {
        var _ = response.writeContinue();
      }
    });
    upstream.earlyHintsHandler(hints -> interim(now));
    upstream
        .response()
        .onComplete(head -> {
          if (head.succeeded()) {
            head(now, head.result());
          } else {
            failed(now, UpstreamFailure.ofAnswer(head.cause()), false);
          }
        });
    RequestCheck.Accepted to = Objects.requireNonNull(accepted);
    HeaderFields.copyEndToEnd(request.headers(), upstream.headers());
    upstream.headers().set("Host", to.authority().isEmpty() ? now.address() : to.authority());
    HeaderFields.forward(
        upstream.headers(),
        new HeaderFields.Origin(
            clientAddress(),
            to.authority(),
            request.localAddress().port(),
            serving.listener().trustedHops()));
    if (to.body()) {
      upload(now, upstream);
    } else {
      deadline.in(pool().timeouts().response(), () -> timedOut(now));
      var _ = upstream.end();
    }
  }

  private void upload(Attempt now, HttpClientRequest upstream) {
    upstream.setChunked(request.headers().contains("transfer-encoding"));
    deadline.in(pool().timeouts().idle(), () -> timedOut(now));
    var _ = upstream.writeHead();
    Pump body = new Pump(request, upstream, deadline::touch);
    upload = body;
    body.start(() -> {
      if (!now.isOver()) {
        if (!now.isRelaying()) {
          deadline.in(pool().timeouts().response(), () -> timedOut(now));
        }
        var _ = upstream.end();
      }
    });
  }

  /** Whether to go on. */
  private boolean interim(Attempt now) {
    if (now.isOver() || now.isRelaying()) {
      return false;
    }
    boolean good = now.interim();
    if (!good) {
      failed(now, Reason.UPSTREAM_INVALID, false);
    }
    return good;
  }

  private void timedOut(Attempt now) {
    boolean clientIsLate = upload != null && !upload.ended() && !upload.blocked();
    if (now.isRelaying()) {
      if (now.waitsForClient()) {
        truncate(now, Reason.CLIENT_STALLED, Ticket.End.ANSWERED);
      } else {
        truncate(now, Reason.RESPONSE_TIMEOUT, Ticket.End.FAILED);
      }
    } else if (clientIsLate) {
      answer(Reason.REQUEST_TIMEOUT, Ticket.End.ANSWERED);
    } else {
      answer(Reason.RESPONSE_TIMEOUT, Ticket.End.FAILED);
    }
  }

  private void failed(Attempt now, Reason reason, boolean nothingSent) {
    if (now.isOver()) {
      return;
    }
    if (now.isRelaying()) {
      truncate(now, Reason.UPSTREAM_TRUNCATED, Ticket.End.FAILED);
    } else if (mayRetry(reason, nothingSent)) {
      now.cancel();
      now.ticket.close(Ticket.End.RETRIED);
      tried.add(now.address());
      attempt = null;
      if (upload != null) {
        upload.stop();
        upload = null;
        request.pause();
      }
      pick(Objects.requireNonNull(balancer));
    } else {
      answer(reason, Ticket.End.FAILED);
    }
  }

  /** See weir.v1.Retries. */
  private boolean mayRetry(Reason reason, boolean nothingSent) {
    boolean bodyStarted = upload != null && (upload.bytes() > 0 || upload.ended());
    return attempts <= pool().retries()
        && reason != Reason.UPSTREAM_INVALID
        && (nothingSent || (IDEMPOTENT.contains(request.method().name()) && !bodyStarted));
  }

  private void head(Attempt now, HttpClientResponse answer) {
    answer.exceptionHandler(failure -> failed(now, UpstreamFailure.ofAnswer(failure), false));
    if (now.isOver()) {
      return;
    }
    if (answer.statusCode() < 200) {
      // Asked for nothing that one of these could be the answer to.
      failed(now, Reason.UPSTREAM_INVALID, false);
      return;
    }
    now.relaying();
    answeredAfter = services.nanos().getAsLong() - began;
    deadline.in(pool().timeouts().idle(), () -> timedOut(now));
    answer.pause();
    if (client.relayHead(answer)) {
      answer.endHandler(end -> relayed(now));
      answer.resume();
      return;
    }
    Pump body = new Pump(answer, response, deadline::touch);
    now.download(body);
    body.start(() -> relayed(now));
    // With the first of the body where that has come along, else alone: it may be long in coming.
    loop.context()
        .runOnContext(later -> {
          if (!now.isOver() && !response.headWritten()) {
            var _ = response.write(Buffer.buffer());
          }
        });
  }

  private void relayed(Attempt now) {
    if (now.isOver()) {
      return;
    }
    boolean unread = hasUnreadBody();
    client.end();
    if (!unread) {
      now.done(); // and the connection good for another request
    }
    finish(response.getStatusCode(), null, Ticket.End.ANSWERED);
    client.settle(unread);
  }

  /** The client must see that the response is not whole. */
  private void truncate(Attempt now, Reason reason, Ticket.End end) {
    now.cancel();
    if (response.headWritten()) {
      finish(response.getStatusCode(), reason, end);
      client.abort();
    } else {
      answer(reason, end);
    }
  }

  private void answer(Reason reason, Ticket.End end) {
    answer(reason.status(), reason, reason.text(), end);
  }

  private void answer(int status, Reason reason, String text, Ticket.End end) {
    boolean unread = hasUnreadBody();
    client.answer(status, reason, text, reason.closes());
    finish(status, reason, end);
    client.settle(unread && reason != Reason.REQUEST_TIMEOUT);
  }

  private boolean hasUnreadBody() {
    return request.decoderResult().isSuccess()
        && RequestCheck.hasBody(request.headers())
        && (upload == null || !upload.ended());
  }

  private void clientFailed(Throwable failure) {
    if (UpstreamFailure.isClosed(failure)) {
      clientGone();
    } else if (!done && response.headWritten()) {
      // A body that is not what its framing said; the connection is closed by who found out.
      finish(response.getStatusCode(), Reason.BAD_REQUEST, Ticket.End.ANSWERED);
    } else if (!done) {
      client.answer(400, Reason.BAD_REQUEST, Reason.BAD_REQUEST.text(), true);
      finish(400, Reason.BAD_REQUEST, Ticket.End.ANSWERED);
    }
  }

  private void clientGone() {
    if (!done) {
      int status =
          response.headWritten() ? response.getStatusCode() : Reason.CLIENT_CLOSED.status();
      finish(status, Reason.CLIENT_CLOSED, Ticket.End.ANSWERED);
    }
  }

  private void finish(int status, @Nullable Reason reason, Ticket.End end) {
    if (done) {
      throw new IllegalStateException("exchange finished twice");
    }
    done = true;
    deadline.cancel();
    if (upload != null) {
      upload.stop();
    }
    if (attempt != null) {
      attempt.cancel();
      attempt.ticket.close(end);
    }
    services.log().log(
        new AccessRecord(
            time,
            serving.listener().name(),
            clientAddress(),
            request.method().name(),
            request.uri(),
            request.version() == HttpVersion.HTTP_1_0 ? "HTTP/1.0" : "HTTP/1.1",
            accepted == null ? "" : accepted.authority(),
            request.getHeader("referer"),
            request.getHeader("user-agent"),
            status,
            upload == null ? 0 : upload.bytes(),
            response.bytesWritten(),
            balancer == null ? null : pool().name(),
            endpoint,
            attempts,
            services.nanos().getAsLong() - began,
            answeredAfter,
            reason));
  }

  private String clientAddress() {
    return request.remoteAddress().hostAddress();
  }
}
