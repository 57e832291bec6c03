package io.weir.controller.stream;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weir.controller.reconcile.ControlLoop;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;
import io.weir.v1.FleetServiceGrpc;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;

/** Opens an {@link AgentStream} for each agent that connects. */
public final class AgentStreamService extends FleetServiceGrpc.FleetServiceImplBase {
  private final String cluster;
  private final ControlLoop loop;
  private final ScheduledExecutorService timers;
  private final Duration helloTimeout;

  /**
   * @param timers must run short tasks on time
   * @param helloTimeout within which an agent has to say who it is
   */
  public AgentStreamService(
      String cluster, ControlLoop loop, ScheduledExecutorService timers, Duration helloTimeout) {
    this.cluster = cluster;
    this.loop = loop;
    this.timers = timers;
    this.helloTimeout = helloTimeout;
  }

  @Override
  public StreamObserver<AgentMessage> connect(StreamObserver<ControllerMessage> responses) {
    AgentStream stream =
        new AgentStream(
            (ServerCallStreamObserver<ControllerMessage>) responses,
            PeerInterceptor.peer(),
            cluster,
            loop);
    stream.open(timers, helloTimeout);
    return stream;
  }
}
