package io.weir.controller.reconcile;

import io.weir.v1.AwaitProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for a revision to reach the agents. Told at once of a first change, then of what
 * has gathered meanwhile. Confined to the loop's thread.
 */
public final class Awaiters {
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final Supplier<Collection<Progress.Standing>> standings;
  private final BiConsumer<Duration, Runnable> later;
  private final Set<Awaiter> awaiters = new LinkedHashSet<>();
  private boolean pausing;
  private boolean changed;

  /** Takes progress on the loop's thread and must not block. */
  public interface Sink {
    /** The newest; nothing comes after one that is reached. */
    void next(AwaitProgress progress);

    /** The controller is stopping; nothing comes any more. */
    void stop();
  }

  static final class Awaiter {
    private final long revision;
    private final int percent;
    private final Sink sink;
    private @Nullable AwaitProgress told;

    Awaiter(long revision, int percent, Sink sink) {
      this.revision = revision;
      this.percent = percent;
      this.sink = sink;
    }
  }

  /**
   * @param later runs a task on the loop after a while
   */
  Awaiters(
      Supplier<Collection<Progress.Standing>> standings, BiConsumer<Duration, Runnable> later) {
    this.standings = standings;
    this.later = later;
  }

  void add(Awaiter awaiter) {
    awaiters.add(awaiter);
    tell(List.of(awaiter));
  }

  void remove(Awaiter awaiter) {
    awaiters.remove(awaiter);
  }

  /** Some agent may stand otherwise than before. */
  void changed() {
    if (awaiters.isEmpty()) {
      return;
    }
    if (pausing) {
      changed = true;
      return;
    }
    pausing = true;
    changed = false;
    later.accept(
        PAUSE,
        () -> {
          pausing = false;
          if (changed) {
            changed();
          }
        });
    tell(new ArrayList<>(awaiters));
  }

  private void tell(List<Awaiter> all) {
    Collection<Progress.Standing> now = standings.get();
    for (Awaiter awaiter : all) {
      AwaitProgress progress = Progress.of(now, awaiter.revision, awaiter.percent);
      if (!progress.equals(awaiter.told)) {
        awaiter.told = progress;
        awaiter.sink.next(progress);
      }
      if (progress.getReached()) {
        awaiters.remove(awaiter);
      }
    }
  }

  void stop() {
    awaiters.forEach(awaiter -> awaiter.sink.stop());
    awaiters.clear();
  }
}
