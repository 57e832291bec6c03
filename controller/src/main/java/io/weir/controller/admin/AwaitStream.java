package io.weir.controller.admin;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.weir.controller.reconcile.Awaiters;
import io.weir.v1.AwaitProgress;
import org.jspecify.annotations.Nullable;

/**
 * One who waits for a revision. What waits for the transport is the newest progress alone. All
 * writing happens under this object's lock.
 */
final class AwaitStream implements Awaiters.Sink {
  private final ServerCallStreamObserver<AwaitProgress> responses;
  private @Nullable AwaitProgress newest;
  private boolean closed;

  AwaitStream(ServerCallStreamObserver<AwaitProgress> responses) {
    this.responses = responses;
  }

  @Override
  public synchronized void next(AwaitProgress progress) {
    newest = progress;
    flush();
  }

  synchronized void flush() {
    AwaitProgress progress = newest;
    if (closed || progress == null || !responses.isReady()) {
      return;
    }
    newest = null;
    responses.onNext(progress);
    if (progress.getReached()) {
      closed = true;
      responses.onCompleted();
    }
  }

  @Override
  public synchronized void stop() {
    if (!closed) {
      closed = true;
      if (!responses.isCancelled()) {
        responses.onError(
            Status.UNAVAILABLE.withDescription("the controller is stopping").asRuntimeException());
      }
    }
  }

  synchronized void cancelled() {
    closed = true;
  }
}
