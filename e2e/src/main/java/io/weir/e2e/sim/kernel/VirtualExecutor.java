package io.weir.e2e.sim.kernel;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * One thread of a simulated process: what it is given runs in virtual time, one task after another.
 * A process that is paused runs nothing until it goes on, one that has crashed nothing ever again.
 */
public final class VirtualExecutor extends AbstractExecutorService
    implements ScheduledExecutorService {
  private final VirtualTime time;
  private final LongSupplier latency;
  private long pausedUntil;
  private boolean dead;

  /**
   * @param latency ns from a task's being given, or due, to its start
   */
  public VirtualExecutor(VirtualTime time, LongSupplier latency) {
    this.time = time;
    this.latency = latency;
  }

  /** Nothing runs before {@code until}. */
  public void pause(long until) {
    pausedUntil = Math.max(pausedUntil, until);
  }

  /** Nothing runs any more, and nobody is told. */
  public void crash() {
    dead = true;
  }

  @Override
  public void execute(Runnable task) {
    if (!dead) {
      runAt(time.now() + latency.getAsLong(), task);
    }
  }

  private void runAt(long due, Runnable task) {
    time.at(
        due,
        () -> {
          if (dead) {
            return;
          }
          if (time.now() < pausedUntil) {
            runAt(pausedUntil, task);
          } else {
            task.run();
          }
        });
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    Later<Void> later = new Later<>(task);
    start(later, unit.toNanos(delay));
    return later;
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
    Later<V> later = new Later<>(task);
    start(later, unit.toNanos(delay));
    return later;
  }

  private void start(Later<?> later, long delay) {
    later.due = time.now() + Math.max(0, delay);
    if (!dead) {
      runAt(later.due + latency.getAsLong(), later);
    }
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable task, long first, long period, TimeUnit unit) {
    long every = unit.toNanos(period);
    Later<Void> later = new Later<>(task);
    later.every = every;
    start(later, unit.toNanos(first));
    return later;
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable task, long first, long delay, TimeUnit unit) {
    return scheduleAtFixedRate(task, first, delay, unit);
  }

  @Override
  public void shutdown() {
    dead = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    dead = true;
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return dead;
  }

  @Override
  public boolean isTerminated() {
    return dead;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }

  private final class Later<V> extends FutureTask<V> implements ScheduledFuture<V> {
    private long due;
    private long every;

    Later(Runnable task) {
      this(() -> {
        task.run();
        return null;
      });
    }

    Later(Callable<V> task) {
      super(task);
    }

    @Override
    public void run() {
      if (every == 0) {
        super.run();
        rethrow();
      } else if (runAndReset()) {
        due += every;
        runAt(Math.max(due, time.now()), this);
      } else {
        rethrow();
      }
    }

    /** What goes wrong in a simulation is a bug, and must not be kept in a future nobody asks. */
    private void rethrow() {
      if (!isCancelled() && state() == State.FAILED) {
        throw exceptionNow() instanceof RuntimeException bug
            ? bug
            : new IllegalStateException(exceptionNow());
      }
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(due - time.now(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }
}
