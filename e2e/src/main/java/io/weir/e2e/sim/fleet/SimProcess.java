package io.weir.e2e.sim.fleet;

import io.weir.e2e.sim.kernel.VirtualExecutor;
import io.weir.e2e.sim.kernel.VirtualTime;
import java.util.concurrent.TimeUnit;

/** A simulated process that can be paused and killed; what it does, it does on {@link #thread}. */
abstract class SimProcess {
  private static final long LATENCY = 20_000;

  final String name;
  final VirtualTime time;
  final VirtualExecutor thread;
  private boolean dead;
  private long pausedUntil;

  SimProcess(String name, VirtualTime time) {
    this.name = name;
    this.time = time;
    this.thread = new VirtualExecutor(time, () -> LATENCY);
  }

  boolean isDead() {
    return dead;
  }

  boolean isPaused() {
    return time.now() < pausedUntil;
  }

  /** Running, and has been since {@code since}. */
  boolean hasRunSince(long since) {
    return !dead && pausedUntil < since;
  }

  void pause(long until) {
    pausedUntil = Math.max(pausedUntil, until);
    thread.pause(until);
  }

  void kill() {
    dead = true;
    thread.crash();
  }

  /** Runs {@code task} every {@code period} ns for as long as the process lives. */
  void every(long period, Runnable task) {
    var _ =
        thread.schedule(
            () -> {
              task.run();
              every(period, task);
            },
            period,
            TimeUnit.NANOSECONDS);
  }
}
