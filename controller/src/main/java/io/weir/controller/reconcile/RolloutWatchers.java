package io.weir.controller.reconcile;

import io.weir.controller.rollout.Staged;
import io.weir.v1.StagedChange;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Those who follow one staged change. Confined to the loop's thread. */
public final class RolloutWatchers {
  private final LongFunction<Optional<StagedChange>> changes;
  private final Set<Watcher> watchers = new LinkedHashSet<>();

  /** Called on the loop's thread; must not block. */
  public interface Sink {
    /** The newest; nothing comes after one that is over. */
    void next(StagedChange change);

    /** The controller is stopping; nothing comes any more. */
    void stop();
  }

  static final class Watcher {
    private final long number;
    private final Sink sink;
    private @Nullable StagedChange told;

    Watcher(long number, Sink sink) {
      this.number = number;
      this.sink = sink;
    }
  }

  /**
   * @param changes what is known of one, by its number
   */
  RolloutWatchers(LongFunction<Optional<StagedChange>> changes) {
    this.changes = changes;
  }

  void add(Watcher watcher) {
    watchers.add(watcher);
    tell(watcher);
  }

  void remove(Watcher watcher) {
    watchers.remove(watcher);
  }

  /** Something may have changed. */
  void changed() {
    List.copyOf(watchers).forEach(this::tell);
  }

  private void tell(Watcher watcher) {
    changes
        .apply(watcher.number)
        .filter(change -> !change.equals(watcher.told))
        .ifPresent(change -> {
          watcher.told = change;
          watcher.sink.next(change);
          if (Staged.isOver(change)) {
            watchers.remove(watcher);
          }
        });
  }

  void stop() {
    watchers.forEach(watcher -> watcher.sink.stop());
    watchers.clear();
  }
}
