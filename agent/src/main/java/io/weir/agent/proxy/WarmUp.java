package io.weir.agent.proxy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.weir.agent.accesslog.AccessLog;
import io.weir.agent.accesslog.AccessLogFormat;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Pool;
import io.weir.agent.model.RouteRule;
import io.weir.agent.model.Service;
import io.weir.agent.model.Snapshot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * Sends requests through a data plane of its own, on loopback, so that the code that forwards is
 * loaded and compiled before a client's request needs it: the first ones would take hundreds of
 * milliseconds otherwise.
 */
public final class WarmUp {
  private static final int CLIENTS = 8;
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private static final Buffer REQUEST =
      Buffer.buffer(
          """
          GET /warm/up?a=b HTTP/1.1
          Host: warm-up.invalid
          User-Agent: Mozilla/5.0 (X11; Linux x86_64)
          Accept: text/html,application/xhtml+xml
          Accept-Encoding: gzip, deflate, br
          Accept-Language: en

          """
              .replace("\n", "\r\n"));

  private static final Buffer POST =
      Buffer.buffer(
          """
          POST /warm/up HTTP/1.1
          Host: warm-up.invalid
          Connection: x-private
          Transfer-Encoding: chunked

          5
          hello
          0

          """
              .replace("\n", "\r\n"));

  private static final Buffer RESPONSE =
      Buffer.buffer(
          """
          HTTP/1.1 200 OK
          Content-Type: text/plain
          Connection: keep-alive
          Content-Length: 128

          """
                  .replace("\n", "\r\n")
              + "x".repeat(128));

  private final Vertx vertx;
  private final EventLoopDataPlane plane;
  private final NetServer origin;
  private final Duration time;
  private final LongAdder answered = new LongAdder();
  private volatile boolean over;

  private WarmUp(Vertx vertx, int eventLoops, AccessLog log, Duration time) {
    this.vertx = vertx;
    this.time = time;
    plane =
        new EventLoopDataPlane(
            vertx,
            new EndpointStates(),
            InstantSource.system(),
            log,
            new ProxyOptions(eventLoops, Duration.ZERO));
    origin = vertx.createNetServer().connectHandler(WarmUp::answer);
  }

  /**
   * @param time 0 or more
   * @return completes on any thread with the number of requests that were answered, when the time
   *     is over or as soon as something does not work; does not fail
   */
  public static Future<Long> run(Vertx vertx, int eventLoops, Duration time) {
    if (time.isZero()) {
      return Future.succeededFuture(0L);
    }
    try {
      AccessLog log = AccessLog.file(Path.of("/dev/null"), AccessLogFormat.COMBINED);
      WarmUp warmUp = new WarmUp(vertx, eventLoops, log, time);
      return warmUp
          .run(freePort())
          .eventually(warmUp::close)
          .onComplete(done -> log.close())
          .transform(done -> Future.succeededFuture(warmUp.answered.sum()));
    } catch (IOException cannot) {
      return Future.succeededFuture(0L);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Requests come one at a time, each in one piece but for what the proxy splits. */
  private static void answer(NetSocket connection) {
    connection.handler(request -> {
      String text = request.toString();
      if (text.endsWith("\r\n\r\n") && !text.endsWith("chunked\r\n\r\n")) {
        var _ = connection.write(RESPONSE);
      }
    });
  }

  private Future<Void> run(int port) {
    return origin
        .listen(0, "127.0.0.1")
        .compose(open -> plane.apply(snapshot(port, origin.actualPort())))
        .compose(refusals -> {
          if (!refusals.isEmpty()) {
            return Future.failedFuture(refusals.toString());
          }
          vertx.setTimer(time.toMillis(), id -> over = true);
          List<Future<Void>> clients = new ArrayList<>();
          for (int i = 0; i < CLIENTS; i++) {
            clients.add(client(port));
          }
          return Future.join(clients).mapEmpty();
        });
  }

  private Future<Void> client(int port) {
    Promise<Void> done = Promise.promise();
    return vertx
        .createNetClient()
        .connect(port, "127.0.0.1")
        .compose(connection -> {
          int[] left = {0};
          connection.handler(part -> {
            left[0] -= part.length();
            if (left[0] <= 0) {
              answered.increment();
              next(connection, left);
            }
          });
          connection.closeHandler(closed -> done.tryComplete());
          next(connection, left);
          return done.future();
        });
  }

  /** {@code left}: bytes of the response that are still to come. */
  private void next(NetSocket connection, int[] left) {
    if (over) {
      var _ = connection.close();
      return;
    }
    // The proxy takes the field that names the connection's fate out of the response.
    left[0] = RESPONSE.length() - "Connection: keep-alive\r\n".length();
    var _ = connection.write(answered.sum() % 8 == 7 ? POST : REQUEST);
  }

  private Future<Void> close() {
    over = true;
    return Future.join(plane.close(), origin.close()).mapEmpty();
  }

  private static Snapshot snapshot(int port, int originPort) {
    Endpoint endpoint =
        new Endpoint("127.0.0.1:" + originPort, "127.0.0.1", originPort, 1, 0, false);
    Pool pool =
        new Pool(
            "warm-up",
            List.of(endpoint),
            new Pool.Balance.LeastLatency(),
            Optional.empty(),
            new Pool.Timeouts(TIMEOUT, TIMEOUT, TIMEOUT),
            0);
    RouteRule rule = new RouteRule(List.of(), "/", pool.name());
    Listener listener =
        new Listener("warm-up", "127.0.0.1", port, new Service.Http(List.of(rule), 0));
    return new Snapshot("warm-up", 1, 1, List.of(listener), Map.of(pool.name(), pool));
  }
}
