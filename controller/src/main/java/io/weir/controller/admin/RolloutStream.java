package io.weir.controller.admin;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.weir.controller.reconcile.RolloutWatchers;
import io.weir.controller.rollout.Staged;
import io.weir.v1.StagedChange;
import org.jspecify.annotations.Nullable;

/**
 * One who follows a staged change. What waits for the transport is the newest alone. All writing
 * happens under this object's lock.
 */
final class RolloutStream implements RolloutWatchers.Sink {
  private final ServerCallStreamObserver<StagedChange> responses;
  private @Nullable StagedChange newest;
  private boolean closed;

  RolloutStream(ServerCallStreamObserver<StagedChange> responses) {
    this.responses = responses;
  }

  @Override
  public synchronized void next(StagedChange change) {
    newest = change;
    flush();
  }

  synchronized void flush() {
    StagedChange change = newest;
    if (closed || change == null || !responses.isReady()) {
      return;
    }
    newest = null;
    responses.onNext(change);
    if (Staged.isOver(change)) {
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
