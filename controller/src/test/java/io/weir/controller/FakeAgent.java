package io.weir.controller;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import io.weir.v1.Ack;
import io.weir.v1.AgentMessage;
import io.weir.v1.ControllerMessage;
import io.weir.v1.FleetServiceGrpc;
import io.weir.v1.Hello;
import io.weir.v1.Nack;
import io.weir.v1.Violation;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An agent's end of the stream, by hand. What comes of configuration and what comes of health are
 * taken one by one, each in the order sent.
 */
final class FakeAgent implements ClientResponseObserver<AgentMessage, ControllerMessage> {
  private final BlockingQueue<ControllerMessage> received = new LinkedBlockingQueue<>();
  private final Map<ControllerMessage.MessageCase, BlockingQueue<ControllerMessage>> told =
      new ConcurrentHashMap<>();
  private final CompletableFuture<Status> ended = new CompletableFuture<>();
  private final StreamObserver<AgentMessage> requests;

  private String scope = "";

  private final int wants;
  private @Nullable ClientCallStreamObserver<AgentMessage> stream;

  FakeAgent(ManagedChannel channel) {
    this(channel, Integer.MAX_VALUE);
  }

  /**
   * @param wants takes as many messages, and no more until {@link #want}
   */
  FakeAgent(ManagedChannel channel, int wants) {
    this.wants = wants;
    requests = FleetServiceGrpc.newStub(channel).connect(this);
  }

  static Hello hello(String name) {
    return Hello.newBuilder()
        .setCluster("test")
        .setAgent(name)
        .setInstance(name + "-1")
        .setVersion("1.2.3")
        .putAllLabels(Map.of("zone", "a"))
        .build();
  }

  FakeAgent say(Hello hello) {
    return say(AgentMessage.newBuilder().setHello(hello).build());
  }

  FakeAgent say(AgentMessage message) {
    requests.onNext(message);
    return this;
  }

  /** Says that what came last runs. */
  void ack(String epoch, long term, long revision) {
    say(
        AgentMessage.newBuilder()
            .setAck(Ack.newBuilder().setEpoch(epoch).setTerm(term).setRevision(revision))
            .build());
  }

  void nack(String epoch, long term, long revision, Violation violation) {
    say(
        AgentMessage.newBuilder()
            .setNack(
                Nack.newBuilder()
                    .setEpoch(epoch)
                    .setTerm(term)
                    .setRevision(revision)
                    .addViolations(violation))
            .build());
  }

  ControllerMessage next() throws InterruptedException {
    ControllerMessage message = next(received);
    if (message.hasSnapshot()) {
      scope = message.getSnapshot().getScope();
    }
    return message;
  }

  /** As one that comes back and runs what this one had. */
  Hello again(String name, String epoch, long revision) {
    return hello(name).toBuilder().setEpoch(epoch).setRevision(revision).setScope(scope).build();
  }

  /** The next of that kind among assignments, verdicts, what to verify and the ring. */
  ControllerMessage told(ControllerMessage.MessageCase kind) throws InterruptedException {
    return next(told.computeIfAbsent(kind, _ -> new LinkedBlockingQueue<>()));
  }

  private static ControllerMessage next(BlockingQueue<ControllerMessage> from)
      throws InterruptedException {
    ControllerMessage message = from.poll(20, TimeUnit.SECONDS);
    if (message == null) {
      throw new AssertionError("nothing came within 20 s");
    }
    return message;
  }

  boolean hasNothing() {
    return received.isEmpty();
  }

  /** How the controller ended the stream. */
  Status end() {
    return ended.orTimeout(20, TimeUnit.SECONDS).join();
  }

  void leave() {
    requests.onCompleted();
    end();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<AgentMessage> opened) {
    stream = opened;
    if (wants < Integer.MAX_VALUE) {
      opened.disableAutoRequestWithInitial(wants);
    }
  }

  /** So many more messages. */
  void want(int more) {
    if (stream != null) {
      stream.request(more);
    }
  }

  @Override
  public void onNext(ControllerMessage message) {
    switch (message.getMessageCase()) {
      case WELCOME, SNAPSHOT, DELTA, MESSAGE_NOT_SET -> received.add(message);
      case ASSIGNMENT, VERDICTS, VERIFY, GOSSIP ->
          told.computeIfAbsent(message.getMessageCase(), _ -> new LinkedBlockingQueue<>())
              .add(message);
    }
  }

  @Override
  public void onError(Throwable cause) {
    ended.complete(Status.fromThrowable(cause));
  }

  @Override
  public void onCompleted() {
    ended.complete(Status.OK);
  }
}
