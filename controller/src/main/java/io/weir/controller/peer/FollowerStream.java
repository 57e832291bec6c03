package io.weir.controller.peer;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weir.controller.reconcile.FollowerChannel;
import io.weir.controller.reconcile.Identity;
import io.weir.controller.reconcile.Peers;
import io.weir.v1.ControllerMessage;
import io.weir.v1.Dismissal;
import io.weir.v1.FollowerHello;
import io.weir.v1.FollowerMessage;
import io.weir.v1.LeaderMessage;
import io.weir.v1.LeaderWelcome;
import java.util.Optional;

/**
 * One follower's stream, at the leader. Inbound: a few messages are with the loop at a time, no
 * more. All writing happens under this object's lock.
 */
final class FollowerStream implements StreamObserver<FollowerMessage>, FollowerChannel {
  private static final int WINDOW = 32;

  private final ServerCallStreamObserver<LeaderMessage> responses;
  private final Identity identity;
  private final Peers peers;
  private final AgentOutboxes outboxes = new AgentOutboxes();
  private boolean greeted;
  private boolean closed;

  FollowerStream(
      ServerCallStreamObserver<LeaderMessage> responses, Identity identity, Peers peers) {
    this.responses = responses;
    this.identity = identity;
    this.peers = peers;
  }

  /** Before the service method returns, as gRPC demands. */
  void open() {
    responses.disableAutoRequest();
    responses.setOnReadyHandler(this::flush);
    responses.setOnCancelHandler(() -> peers.closed(this));
    responses.request(1);
  }

  @Override
  public void onNext(FollowerMessage message) {
    boolean first;
    synchronized (this) {
      first = !greeted;
      greeted = true;
    }
    if (!first) {
      peers.receive(
          this,
          message,
          kept -> {
            if (kept) {
              responses.request(1);
            } else {
              peers.closed(this);
              end(Status.INVALID_ARGUMENT.withDescription("a second hello on one stream"));
            }
          });
    } else if (message.hasHello()) {
      greet(message.getHello());
    } else {
      end(Status.INVALID_ARGUMENT.withDescription("the first message must be the hello"));
    }
  }

  private void greet(FollowerHello hello) {
    if (!hello.getCluster().equals(identity.cluster())
        || !hello.getEpoch().equals(identity.epoch())) {
      end(
          Status.FAILED_PRECONDITION.withDescription(
              "this controller is of cluster \"%s\" and epoch %s, the follower of \"%s\" and %s"
                  .formatted(
                      identity.cluster(), identity.epoch(), hello.getCluster(), hello.getEpoch())));
      return;
    }
    peers.opened(this, hello, this::answer);
  }

  private void answer(Optional<Long> term) {
    if (term.isEmpty()) {
      end(Status.FAILED_PRECONDITION.withDescription("this controller does not lead"));
      return;
    }
    synchronized (this) {
      if (!closed) {
        responses.onNext(
            LeaderMessage.newBuilder()
                .setWelcome(LeaderWelcome.newBuilder().setTerm(term.get()))
                .build());
      }
    }
    responses.request(WINDOW);
  }

  @Override
  public void onError(Throwable cause) {
    peers.closed(this);
  }

  @Override
  public void onCompleted() {
    peers.closed(this);
    end(Status.OK);
  }

  @Override
  public void tell(String agent, ControllerMessage message) {
    synchronized (this) {
      if (!closed) {
        outboxes.put(agent, message);
      }
    }
    flush();
  }

  @Override
  public void dismiss(Dismissal dismissal) {
    synchronized (this) {
      if (!closed) {
        outboxes.put(dismissal);
      }
    }
    flush();
  }

  private synchronized void flush() {
    while (!closed && !outboxes.isEmpty() && responses.isReady()) {
      responses.onNext(outboxes.take());
    }
  }

  @Override
  public void close(String sentence) {
    end(Status.FAILED_PRECONDITION.withDescription(sentence));
  }

  private synchronized void end(Status status) {
    if (closed) {
      return;
    }
    closed = true;
    outboxes.clear();
    if (responses.isCancelled()) {
      return;
    }
    if (status.isOk()) {
      responses.onCompleted();
    } else {
      responses.onError(status.asRuntimeException());
    }
  }
}
