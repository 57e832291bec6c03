package io.weir.controller;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.weir.controller.ControllerConfig.Listen;
import io.weir.controller.security.Limits;
import io.weir.v1.AdminServiceGrpc;
import io.weir.v1.FleetServiceGrpc;
import io.weir.v1.PeerServiceGrpc;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one port on which a controller serves gRPC, on which threads, and whether it is healthy. */
final class Port {
  private static final Logger log = LoggerFactory.getLogger(Port.class);

  private static final int MAX_INBOUND_BYTES = 4 << 20;
  private static final int FLOW_CONTROL_WINDOW = 1 << 20;
  // An agent that vanished without a word is noticed within the sum of these two.
  private static final Duration KEEPALIVE = Duration.ofSeconds(10);
  private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration LEAST_CLIENT_KEEPALIVE = Duration.ofSeconds(5);
  private static final Duration LAST_CALLS = Duration.ofSeconds(2);

  private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
  private final HealthStatusManager health = new HealthStatusManager();
  private final Server server;

  /**
   * @param guard what every call passes, the last of them first
   */
  Port(
      Listen listen,
      ServerCredentials credentials,
      List<ServerInterceptor> guard,
      List<ServerServiceDefinition> services) {
    serving(ServingStatus.NOT_SERVING);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(listen.host(), listen.port()), credentials)
            .executor(this::serve)
            .callExecutor(new ByService(this::serve))
            .maxInboundMessageSize(MAX_INBOUND_BYTES)
            .keepAliveTime(KEEPALIVE.toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveTimeout(KEEPALIVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
            // Set, so that not every message from an agent is answered with a PING to measure by.
            .flowControlWindow(FLOW_CONTROL_WINDOW)
            .permitKeepAliveTime(LEAST_CLIENT_KEEPALIVE.toMillis(), TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(true)
            .handshakeTimeout(Limits.HANDSHAKE.toMillis(), TimeUnit.MILLISECONDS)
            .maxConnectionIdle(Limits.IDLE.toMillis(), TimeUnit.MILLISECONDS)
            .maxConcurrentCallsPerConnection(Limits.STREAMS);
    guard.forEach(builder::intercept);
    this.server =
        builder
            .addServices(services)
            .addService(health.getHealthService())
            .addService(ProtoReflectionServiceV1.newInstance())
            .build();
  }

  /** What a connection still has to say once all calls have ended is for nobody. */
  private void serve(Runnable task) {
    try {
      calls.execute(task);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("stopping; a call has ended already");
    }
  }

  /** Streams of agents and of followers never block, and are served where their bytes arrive. */
  private record ByService(Executor calls) implements ServerCallExecutorSupplier {
    @Override
    public <Q, A> Executor getExecutor(ServerCall<Q, A> call, Metadata headers) {
      String service = call.getMethodDescriptor().getServiceName();
      return FleetServiceGrpc.SERVICE_NAME.equals(service)
              || PeerServiceGrpc.SERVICE_NAME.equals(service)
          ? Runnable::run
          : calls;
    }
  }

  private void serving(ServingStatus status) {
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
    health.setStatus(AdminServiceGrpc.SERVICE_NAME, status);
    health.setStatus(FleetServiceGrpc.SERVICE_NAME, status);
  }

  /** Listens; whoever asks is told that it is not healthy yet. */
  void open() throws IOException {
    server.start();
  }

  /** Whoever asks is told that it is healthy. */
  void ready() {
    serving(ServingStatus.SERVING);
  }

  /** That is listened on. */
  int number() {
    return server.getPort();
  }

  /** Takes no more calls. */
  void shutdown() {
    health.enterTerminalState();
    server.shutdown();
  }

  /** Waits for the calls under way to end, and ends those that take longer than that. */
  void awaitCalls() {
    try {
      if (!server.awaitTermination(LAST_CALLS.toMillis(), TimeUnit.MILLISECONDS)) {
        server.shutdownNow();
        server.awaitTermination(LAST_CALLS.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      server.shutdownNow();
    }
  }

  /** Nothing runs any more. */
  void close() {
    calls.shutdownNow();
  }
}
