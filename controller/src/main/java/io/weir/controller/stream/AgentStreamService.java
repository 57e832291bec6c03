package io.weir.controller.stream;

import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.weir.controller.reconcile.ControlLoop;
import io.weir.controller.reconcile.Encoded;
import io.weir.v1.AgentMessage;
import io.weir.v1.FleetServiceGrpc;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;

/**
 * weir.v1.FleetService: opens an {@link AgentStream} for each agent that connects. What it answers
 * are bytes, so that one message goes to many streams and is made once. Nothing in it blocks: calls
 * may be handled on the transport's own threads.
 */
public final class AgentStreamService implements BindableService {
  private static final MethodDescriptor<AgentMessage, Encoded> CONNECT =
      FleetServiceGrpc.getConnectMethod().toBuilder(
              FleetServiceGrpc.getConnectMethod().getRequestMarshaller(), new EncodedMarshaller())
          .build();

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
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder(
            ServiceDescriptor.newBuilder(FleetServiceGrpc.SERVICE_NAME)
                .setSchemaDescriptor(FleetServiceGrpc.getServiceDescriptor().getSchemaDescriptor())
                .addMethod(CONNECT)
                .build())
        .addMethod(CONNECT, ServerCalls.asyncBidiStreamingCall(this::connect))
        .build();
  }

  private StreamObserver<AgentMessage> connect(StreamObserver<Encoded> responses) {
    AgentStream stream =
        new AgentStream(
            (ServerCallStreamObserver<Encoded>) responses, PeerInterceptor.peer(), cluster, loop);
    stream.open(timers, helloTimeout);
    return stream;
  }
}
