package io.weir.agent;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Looks at the heap of this process, and has it collected when {@link HeapTrim} says so. */
final class HeapKeeper {
  private static final long SECONDS = 1;

  private HeapKeeper() {}

  /**
   * @param control it ends with it
   */
  @SuppressWarnings("ExplicitGC")
  static void start(ScheduledExecutorService control) {
    HeapTrim trim = new HeapTrim(used(), System.nanoTime());
    var _ =
        control.scheduleWithFixedDelay(
            () -> {
              if (trim.isDue(used(), System.nanoTime())) {
                System.gc();
                trim.collected(used(), System.nanoTime());
              }
            },
            SECONDS,
            SECONDS,
            TimeUnit.SECONDS);
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
