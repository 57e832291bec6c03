package io.weir.controller.reconcile;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the loop's thread has to do, one after the other. All methods are safe from any thread; what
 * comes once it is closed is dropped.
 */
final class Turns {
  private static final Logger log = LoggerFactory.getLogger(Turns.class);
  private static final long ANSWER_SECONDS = 10;
  private static final int AT_ONCE = 64;

  /** For something to do, before the thread sleeps. */
  private static final int LOOKS = 3;

  private final ScheduledExecutorService thread;

  // In order; whoever finds it idle has it drained.
  private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean draining = new AtomicBoolean();

  /**
   * @param thread one thread; closed with this
   */
  Turns(ScheduledExecutorService thread) {
    this.thread = thread;
  }

  void post(Runnable task) {
    inbox.add(task);
    if (draining.compareAndSet(false, true)) {
      drainSoon();
    }
  }

  void later(Duration delay, Runnable task) {
    try {
      var _ = thread.schedule(() -> run(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("stopping; not trying again");
    }
  }

  /** Waits for the answer; not on the thread itself. */
  <T> T ask(Supplier<T> question) {
    return CompletableFuture.supplyAsync(question, this::post)
        .orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS)
        .join();
  }

  private void drainSoon() {
    try {
      thread.execute(this::drain);
    } catch (RejectedExecutionException e) {
      log.atDebug().log("stopping; dropped what came late");
    }
  }

  /**
   * Some of what waits; timers have their turn in between. Where there is nothing more, whoever
   * brings it has a turn, on the same core perhaps: waking a thread for each message would cost
   * more than most messages do.
   */
  @SuppressWarnings("ThreadPriorityCheck") // nothing depends on who comes next
  private void drain() {
    int looks = 0;
    for (int done = 0; done < AT_ONCE && looks < LOOKS; ) {
      Runnable task = inbox.poll();
      if (task == null) {
        looks++;
        Thread.yield();
      } else {
        run(task);
        done++;
      }
    }
    draining.set(false);
    if (!inbox.isEmpty() && draining.compareAndSet(false, true)) {
      drainSoon();
    }
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("the control loop failed at one task and goes on");
    }
  }

  void close() {
    thread.shutdown();
  }
}
