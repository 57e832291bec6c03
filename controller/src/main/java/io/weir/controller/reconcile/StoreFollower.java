package io.weir.controller.reconcile;

import io.weir.controller.model.ResourceKey;
import io.weir.controller.store.Journal;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists the store once and then follows it, for ever; lists again when the watch is lost. One watch
 * over all keys, so that registrations and configuration arrive in the order they were written.
 */
final class StoreFollower implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StoreFollower.class);
  private static final Duration FIRST_RETRY = Duration.ofMillis(200);
  private static final Duration LAST_RETRY = Duration.ofSeconds(5);

  private final Store store;
  private final Journal journal;
  private final Listener listener;
  private final CountDownLatch closed = new CountDownLatch(1);
  private @Nullable Thread thread;

  /** Called from one thread at a time; must not block. */
  interface Listener {
    void listed(Image image);

    void changed(long revision, List<Store.Write> writes);
  }

  StoreFollower(Store store, Journal journal, Listener listener) {
    this.store = store;
    this.journal = journal;
    this.listener = listener;
  }

  void start() {
    thread = Thread.ofVirtual().name("store-follower").start(this::follow);
  }

  private void follow() {
    Duration retry = FIRST_RETRY;
    while (closed.getCount() > 0) {
      try {
        followOnce();
        retry = FIRST_RETRY;
      } catch (StoreException e) {
        log.atWarn()
            .addKeyValue("reason", e.getMessage())
            .addKeyValue("retry", retry)
            .log("cannot read the store; agents keep what they have");
        if (pause(retry)) {
          return;
        }
        retry =
            retry.multipliedBy(2).compareTo(LAST_RETRY) > 0 ? LAST_RETRY : retry.multipliedBy(2);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private boolean pause(Duration time) {
    try {
      return closed.await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return true;
    }
  }

  /** Returns when the watch is lost. */
  private void followOnce() throws InterruptedException {
    Journal.State state = journal.read();
    Store.Listing agents = store.list(ResourceKey.AGENTS);
    listener.listed(Image.of(state, agents.entries()));
    CountDownLatch lost = new CountDownLatch(1);
    try (Store.Watch _ =
        store.watch(
            "",
            state.revision(),
            new Store.WatchListener() {
              @Override
              public void onChanges(long revision, List<Store.Write> writes) {
                // The listing of agents is newer than that of the configuration.
                listener.changed(
                    revision,
                    revision > agents.revision()
                        ? writes
                        : writes.stream()
                            .filter(w -> !w.key().startsWith(ResourceKey.AGENTS))
                            .toList());
              }

              @Override
              public void onLost(String reason) {
                log.atWarn()
                    .addKeyValue("reason", reason)
                    .log("lost the watch on the store; listing again");
                lost.countDown();
              }
            })) {
      lost.await();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    if (thread != null) {
      thread.interrupt();
    }
  }
}
