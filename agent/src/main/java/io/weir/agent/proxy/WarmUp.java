package io.weir.agent.proxy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Sends requests through a data plane of its own, on loopback, so that the code that forwards is
 * loaded and compiled before a client's request needs it: the first ones would take hundreds of
 * milliseconds otherwise.
 */
public final class WarmUp {
  private static final int CLIENTS = 8;
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /**
   * Of the clients, who open a connection for each request, and have the proxy open one: when
   * clients come back after a restart that is done by the hundred.
   */
  private static final int VISITORS = 1;

  /** From one visit to the next: each leaves two ports behind that are not free for a minute. */
  private static final Duration PAUSE = Duration.ofMillis(2);

  /** Where the status code of a response begins. */
  private static final int STATUS = "HTTP/1.1 ".length();

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

  private static final String ONCE = "/warm/up/once";

  private static final Buffer VISIT =
      Buffer.buffer(
          """
          GET %s HTTP/1.1
          Host: warm-up.invalid

          """
              .formatted(ONCE)
              .replace("\n", "\r\n"));

  private static final Buffer RESPONSE = response("Connection: keep-alive");
  private static final Buffer LAST_RESPONSE = response("Connection: close");

  /** The proxy takes the field that names the connection's fate out of the response. */
  private static final int FORWARDED = RESPONSE.length() - "Connection: keep-alive\r\n".length();

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
          .onComplete(done -> {
            log.close();
            clear();
          })
          .transform(done -> Future.succeededFuture(warmUp.answered.sum()));
    } catch (IOException cannot) {
      return Future.succeededFuture(0L);
    }
  }

  /**
   * What starting and warming up left on the heap, at the last moment when a pause delays nobody.
   */
  @SuppressWarnings("ExplicitGC")
  private static void clear() {
    System.gc();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Buffer response(String connection) {
    return Buffer.buffer(
        """
        HTTP/1.1 200 OK
        Content-Type: text/plain
        %s
        Content-Length: 128

        """
                .formatted(connection)
                .replace("\n", "\r\n")
            + "x".repeat(128));
  }

  /** Requests come one at a time, each in one piece but for what the proxy splits. */
  private static void answer(NetSocket connection) {
    connection.handler(request -> {
      String text = request.toString();
      if (!text.endsWith("\r\n\r\n") || text.endsWith("chunked\r\n\r\n")) {
        return;
      }
      if (text.contains(ONCE)) {
        var _ = connection.end(LAST_RESPONSE);
      } else {
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
          NetClient client = vertx.createNetClient();
          List<Future<Void>> clients = new ArrayList<>();
          for (int i = 0; i < CLIENTS; i++) {
            clients.add(i < VISITORS ? visitor(client, port) : client(client, port));
          }
          return Future.join(clients)
              .timeout(time.plus(TIMEOUT).toMillis(), TimeUnit.MILLISECONDS)
              .eventually(client::close)
              .mapEmpty();
        });
  }

  private Future<Void> client(NetClient client, int port) {
    return client
        .connect(port, "127.0.0.1")
        .compose(connection -> {
          Promise<Void> done = Promise.promise();
          onAnswer(
              connection,
              () -> {
                if (over) {
                  var _ = connection.close();
                } else {
                  var _ = connection.write(answered.sum() % 8 == 7 ? POST : REQUEST);
                }
              });
          connection.closeHandler(closed -> done.tryComplete());
          var _ = connection.write(REQUEST);
          return done.future();
        });
  }

  private Future<Void> visitor(NetClient client, int port) {
    Promise<Void> done = Promise.promise();
    visit(client, port, done);
    return done.future();
  }

  /** And then the next; {@code done} when the time is over, or as soon as it cannot connect. */
  private void visit(NetClient client, int port, Promise<Void> done) {
    client
        .connect(port, "127.0.0.1")
        .onFailure(done::tryFail)
        .onSuccess(connection -> {
          onAnswer(
              connection,
              () -> {
                var _ = connection.close();
              });
          connection.closeHandler(closed -> {
            if (over) {
              done.tryComplete();
            } else {
              vertx.setTimer(PAUSE.toMillis(), id -> visit(client, port, done));
            }
          });
          var _ = connection.write(VISIT);
        });
  }

  private void onAnswer(NetSocket connection, Runnable next) {
    int[] left = {FORWARDED};
    connection.handler(part -> {
      if (left[0] == FORWARDED && part.length() > STATUS && part.getByte(STATUS) != '2') {
        var _ = connection.close();
        return;
      }
      left[0] -= part.length();
      if (left[0] <= 0) {
        left[0] = FORWARDED;
        answered.increment();
        next.run();
      }
    });
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
