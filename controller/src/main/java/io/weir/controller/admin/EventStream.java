package io.weir.controller.admin;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.weir.controller.reconcile.DecisionHistory;
import io.weir.v1.Decision;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * One who follows decisions. They wait until the transport is ready; one who falls too far behind
 * is sent away. All writing happens under this object's lock.
 */
final class EventStream implements DecisionHistory.Sink {
  private static final int MAX_BEHIND = 10_000;

  private final ServerCallStreamObserver<Decision> responses;
  private final Deque<Decision> queue = new ArrayDeque<>();
  private boolean closed;

  EventStream(ServerCallStreamObserver<Decision> responses) {
    this.responses = responses;
  }

  @Override
  public synchronized void next(Decision decision) {
    if (closed) {
      return;
    }
    queue.add(decision);
    flush();
    if (queue.size() > MAX_BEHIND) {
      close(
          Status.RESOURCE_EXHAUSTED.withDescription(
              "fell more than %d decisions behind; ask again".formatted(MAX_BEHIND)));
    }
  }

  synchronized void flush() {
    while (!closed && !queue.isEmpty() && responses.isReady()) {
      responses.onNext(queue.remove());
    }
  }

  @Override
  public void stop() {
    close(Status.UNAVAILABLE.withDescription("the controller is stopping"));
  }

  private synchronized void close(Status status) {
    if (!closed) {
      closed = true;
      queue.clear();
      if (!responses.isCancelled()) {
        responses.onError(status.asRuntimeException());
      }
    }
  }

  synchronized void cancelled() {
    closed = true;
    queue.clear();
  }
}
