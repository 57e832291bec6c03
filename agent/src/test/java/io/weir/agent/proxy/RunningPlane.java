package io.weir.agent.proxy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.weir.agent.accesslog.AccessLog;
import io.weir.agent.accesslog.AccessLogFormat;
import io.weir.agent.balance.EndpointState;
import io.weir.agent.balance.EndpointStates;
import io.weir.agent.health.TrafficDoubts;
import io.weir.agent.model.Endpoint;
import io.weir.agent.model.Listener;
import io.weir.agent.model.Pool;
import io.weir.agent.model.Refusal;
import io.weir.agent.model.RouteRule;
import io.weir.agent.model.Service;
import io.weir.agent.model.Snapshot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** A data plane with an access log in a file, and shorthands for its config. */
final class RunningPlane implements AutoCloseable {
  static final Pool.Timeouts PATIENT =
      new Pool.Timeouts(Duration.ofSeconds(2), Duration.ofSeconds(20), Duration.ofSeconds(20));

  final Vertx vertx;
  final EndpointStates states = new EndpointStates();
  final EventLoopDataPlane plane;
  final Path log;
  final int port = freePort();
  private final AccessLog accessLog;
  private long revision;

  RunningPlane(Path folder) throws IOException {
    this(folder, new ProxyOptions(2, Duration.ofSeconds(5)));
  }

  RunningPlane(Path folder, ProxyOptions options) throws IOException {
    this(folder, options, TrafficDoubts.IGNORED);
  }

  RunningPlane(Path folder, ProxyOptions options, TrafficDoubts doubts) throws IOException {
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(options.eventLoops()));
    log = folder.resolve("access.log");
    accessLog = AccessLog.file(log, AccessLogFormat.COMBINED);
    plane = new EventLoopDataPlane(vertx, states, Instant::now, accessLog, options, doubts);
  }

  /** Below those that the kernel gives to whoever connects, which could take it in between. */
  static int freePort() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(15_000, 32_000);
      try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      } catch (IOException taken) {
        // Another one, then.
      }
    }
  }

  static Pool pool(String name, Pool.Timeouts timeouts, int retries, String... addresses) {
    return new Pool(
        name,
        Arrays.stream(addresses)
            .map(address ->
                new Endpoint(
                    address,
                    address.substring(0, address.lastIndexOf(':')),
                    Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)),
                    1,
                    0,
                    false))
            .toList(),
        new Pool.Balance.RoundRobin(),
        Optional.empty(),
        timeouts,
        retries);
  }

  static Pool pool(String... addresses) {
    return pool("p", PATIENT, 2, addresses);
  }

  Listener listener(int trustedHops) {
    return listener("web", port, trustedHops);
  }

  static Listener listener(String name, int port, int trustedHops) {
    return new Listener(
        name,
        "127.0.0.1",
        port,
        new Service.Http(List.of(new RouteRule(List.of(), "/", "p")), trustedHops));
  }

  Snapshot snapshot(List<Listener> listeners, Pool... pools) {
    Map<String, Pool> byName =
        Arrays.stream(pools).collect(Collectors.toMap(Pool::name, pool -> pool));
    return new Snapshot("epoch", 1, ++revision, listeners, byName);
  }

  List<Refusal> apply(Snapshot snapshot) {
    return await(plane.apply(snapshot));
  }

  /** One listener with every request to one pool. */
  RunningPlane serve(Pool pool) {
    List<Refusal> refusals = apply(snapshot(List.of(listener(0)), pool));
    if (!refusals.isEmpty()) {
      throw new AssertionError(refusals);
    }
    return this;
  }

  Origin.Connection connect() throws IOException {
    return Origin.Connection.to(port);
  }

  EndpointState state(String address) {
    return states.of(new EndpointStates.Key("p", address));
  }

  List<String> logLines() {
    try {
      return Files.readAllLines(log);
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  /** Waits for that many records, and gives them. */
  List<String> logLines(int count) {
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .pollInterval(5, TimeUnit.MILLISECONDS)
        .until(() -> logLines().size() >= count);
    return logLines();
  }

  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }

  @Override
  public void close() {
    await(plane.close());
    await(vertx.close());
    accessLog.close();
  }
}
