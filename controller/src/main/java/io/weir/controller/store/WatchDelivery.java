package io.weir.controller.store;

import io.weir.controller.store.Store.WatchListener;
import io.weir.controller.store.Store.Write;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last step of a watch: calls its listener until it is closed. Closing never waits for a call
 * under way, so that a listener may close its own watch, or block on a thread that does.
 */
final class WatchDelivery {
  private static final Logger log = LoggerFactory.getLogger(WatchDelivery.class);

  private enum State {
    IDLE,
    CALLING,
    CLOSED
  }

  private final String prefix;
  private final WatchListener listener;
  private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);

  WatchDelivery(String prefix, WatchListener listener) {
    this.prefix = prefix;
    this.listener = listener;
  }

  boolean isClosed() {
    return state.get() == State.CLOSED;
  }

  void close() {
    state.set(State.CLOSED);
  }

  /** From one thread at a time. A listener that throws has lost track, so its watch is over. */
  void changes(long revision, List<Write> changes) {
    if (!state.compareAndSet(State.IDLE, State.CALLING)) {
      return;
    }
    try {
      listener.onChanges(revision, changes);
    } catch (RuntimeException e) {
      log.atError()
          .setCause(e)
          .addKeyValue("prefix", prefix)
          .addKeyValue("revision", revision)
          .log("watch listener failed");
      state.compareAndSet(State.CALLING, State.IDLE);
      lost("the listener failed at revision " + revision + ": " + e);
      return;
    }
    state.compareAndSet(State.CALLING, State.IDLE);
  }

  /** The last call; from the thread of {@link #changes}. */
  void lost(String reason) {
    if (!state.compareAndSet(State.IDLE, State.CLOSED)) {
      return;
    }
    try {
      listener.onLost(reason);
    } catch (RuntimeException e) {
      log.atError().setCause(e).addKeyValue("prefix", prefix).log("watch listener failed");
    }
  }
}
