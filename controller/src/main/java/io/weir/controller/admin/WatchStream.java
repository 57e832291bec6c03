package io.weir.controller.admin;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.weir.controller.model.ResourceKey;
import io.weir.controller.reconcile.Watchers;
import io.weir.v1.WatchEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One watcher. Events wait until the transport is ready; of several waiting changes of one status
 * only the newest is kept, and one who falls too far behind is sent away rather than kept in
 * memory. All writing happens under this object's lock.
 */
final class WatchStream implements Watchers.Sink {
  private static final int MAX_BEHIND = 1_024;

  private static final class Waiting {
    private WatchEvent event;

    private Waiting(WatchEvent event) {
      this.event = event;
    }
  }

  private final ServerCallStreamObserver<WatchEvent> responses;
  private final Deque<Waiting> queue = new ArrayDeque<>();
  // Waiting events that a newer one of the same resource may replace.
  private final Map<ResourceKey, Waiting> replaceable = new HashMap<>();
  private int most = MAX_BEHIND;
  private boolean closed;

  WatchStream(ServerCallStreamObserver<WatchEvent> responses) {
    this.responses = responses;
  }

  @Override
  public synchronized void begin(List<WatchEvent> events) {
    events.forEach(event -> queue.add(new Waiting(event)));
    most = MAX_BEHIND + events.size();
    flush();
  }

  @Override
  public synchronized void next(WatchEvent event, boolean declared) {
    if (closed) {
      return;
    }
    Optional<ResourceKey> key = ResourceKey.of(event.getResource());
    boolean isStatus = !declared && event.getType() == WatchEvent.Type.TYPE_PUT;
    Waiting waiting = key.map(replaceable::get).orElse(null);
    if (isStatus && waiting != null) {
      waiting.event = event;
    } else {
      Waiting added = new Waiting(event);
      queue.add(added);
      key.ifPresent(replaceable::remove);
      if (isStatus) {
        key.ifPresent(resource -> replaceable.put(resource, added));
      }
    }
    flush();
    if (queue.size() > most) {
      close(
          Status.RESOURCE_EXHAUSTED.withDescription(
              "the watch fell more than %d events behind; watch again".formatted(MAX_BEHIND)));
    }
  }

  synchronized void flush() {
    while (!closed && !queue.isEmpty() && responses.isReady()) {
      Waiting first = queue.remove();
      ResourceKey.of(first.event.getResource()).ifPresent(key -> replaceable.remove(key, first));
      responses.onNext(first.event);
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
      replaceable.clear();
      if (!responses.isCancelled()) {
        responses.onError(status.asRuntimeException());
      }
    }
  }

  synchronized void cancelled() {
    closed = true;
    queue.clear();
    replaceable.clear();
  }
}
