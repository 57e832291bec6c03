package io.weir.agent.probe;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.HealthCheck.Probe;
import io.weir.agent.probe.ProbeResult.Failed;
import io.weir.agent.probe.ProbeResult.Passed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;

/** A connection that opens and, where that is asked for, what comes over it. */
final class TcpProbes implements ProbeClient.Kind<Probe.Tcp> {
  private static final int MAX_BYTES = 64 << 10;

  private final NetClient client;

  TcpProbes(Vertx vertx) {
    client = vertx.createNetClient(new NetClientOptions());
  }

  Future<Void> close() {
    return client.close();
  }

  @Override
  public void probe(
      Endpoint endpoint, Probe.Tcp probe, Duration timeout, ProbeClient.Answer result) {
    ConnectOptions options = new ConnectOptions();
    options.setRemoteAddress(SocketAddress.inetSocketAddress(endpoint.port(), endpoint.host()));
    options.setTimeout((int) timeout.toMillis());
    client
        .connect(options)
        .onSuccess(socket -> {
          result.whenDecided(() -> socket.close());
          if (!result.isDecided()) {
            talk(socket, probe, timeout, result);
          }
        })
        .onFailure(cause -> result.is(failed(cause, timeout)));
  }

  private static void talk(
      NetSocket socket, Probe.Tcp probe, Duration timeout, ProbeClient.Answer result) {
    socket.exceptionHandler(cause -> result.is(failed(cause, timeout)));
    if (!probe.expect().isEmpty()) {
      // As text of one byte each, which can be searched.
      String expected =
          new String(HexFormat.of().parseHex(probe.expect()), StandardCharsets.ISO_8859_1);
      StringBuilder received = new StringBuilder();
      socket.handler(bytes -> {
        received.append(bytes.toString(StandardCharsets.ISO_8859_1));
        if (received.indexOf(expected) >= 0) {
          result.is(new Passed());
        } else if (received.length() > MAX_BYTES) {
          socket.handler(null);
          result.is(new Failed("answers something else than what is expected"));
        }
      });
      socket.closeHandler(
          _ -> result.is(new Failed("connection closed before what is expected came")));
    }
    Future<Void> sent =
        probe.send().isEmpty()
            ? Future.succeededFuture()
            : socket.write(Buffer.buffer(HexFormat.of().parseHex(probe.send())));
    sent.onSuccess(
            _ -> {
              if (probe.expect().isEmpty()) {
                result.is(new Passed());
              }
            })
        .onFailure(cause -> result.is(failed(cause, timeout)));
  }

  private static Failed failed(Throwable cause, Duration timeout) {
    return Failures.of(cause, timeout, "cannot be talked to: " + cause.getMessage());
  }
}
