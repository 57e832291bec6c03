package io.weir.controller.reconcile;

import io.weir.controller.model.ResourceKey;
import io.weir.controller.rollout.Staging;
import io.weir.controller.store.Journal;
import io.weir.controller.store.StagedChanges;
import io.weir.controller.store.Store;
import io.weir.controller.store.StoreException;
import io.weir.controller.store.Transfer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
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
  private final Executor io;
  private final Timer timer;
  private final Listener listener;
  private Duration retry = FIRST_RETRY;
  private Store.@Nullable Watch watch;
  private boolean closed;

  /** Called from one thread at a time; must not block. */
  interface Listener {
    void listed(Image image);

    void changed(long revision, List<Store.Write> writes);
  }

  /** Runs a task, which does not block, some time from now. */
  interface Timer {
    void after(Duration delay, Runnable task);
  }

  /**
   * @param io for calls that block
   */
  StoreFollower(Store store, Journal journal, Executor io, Timer timer, Listener listener) {
    this.store = store;
    this.journal = journal;
    this.io = io;
    this.timer = timer;
    this.listener = listener;
  }

  void start() {
    io.execute(this::follow);
  }

  private void follow() {
    try {
      followOnce();
    } catch (StoreException e) {
      Duration pause = nextPause();
      log.atWarn()
          .addKeyValue("reason", e.getMessage())
          .addKeyValue("retry", pause)
          .log("cannot read the store; agents keep what they have");
      timer.after(pause, this::again);
    }
  }

  private synchronized Duration nextPause() {
    Duration pause = retry;
    Duration twice = retry.multipliedBy(2);
    retry = twice.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : twice;
    return pause;
  }

  private void again() {
    if (!isClosed()) {
      io.execute(this::follow);
    }
  }

  private void followOnce() {
    Journal.State state = journal.read();
    Staging staging = StagedChanges.list(store).staging();
    Store.Listing agents = store.list(ResourceKey.AGENTS);
    if (isClosed()) {
      return;
    }
    if (staging.all().values().stream().anyMatch(one -> one.revision() > state.revision())) {
      // One was declared in between, perhaps: neither half of that may be seen alone.
      io.execute(this::follow);
      return;
    }
    listener.listed(Image.of(state, agents.entries(), staging));
    Store.Watch opened =
        store.watch(
            "",
            state.revision(),
            new Store.WatchListener() {
              private boolean over;

              @Override
              public void onChanges(long revision, List<Store.Write> writes) {
                if (Transfer.concerns(writes)) {
                  // An import begins, of which nothing is in effect before it is whole.
                  log.atWarn().log("the store is imported into; going by what was there before");
                  over = true;
                  again();
                }
                if (over) {
                  return;
                }
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
                again();
              }
            });
    hold(opened);
  }

  /** In place of the one before, which is over. */
  private synchronized void hold(Store.Watch opened) {
    retry = FIRST_RETRY;
    if (watch != null) {
      watch.close();
    }
    watch = opened;
    if (closed) {
      opened.close();
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (watch != null) {
      watch.close();
    }
  }
}
