package io.weir.agent;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * Has a thread, and every thread that it starts, give way to others where there is not enough CPU
 * time for all, by setpriority(2), which Java has no call for. On Linux that is a matter of the one
 * thread that calls; elsewhere nothing happens.
 */
final class Niceness {
  /**
   * About a tenth of what an event loop gets beside it: a change of the configuration comes a
   * little later on a busy machine, and no request waits for it.
   */
  private static final int BACKGROUND = 10;

  private static final int PRIO_PROCESS = 0;
  private static final int SELF = 0;

  private Niceness() {}

  /** A task that begins with lowering the priority of its thread. */
  static Runnable lowered(Runnable task) {
    return () -> {
      lower();
      task.run();
    };
  }

  private static void lower() {
    if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux")) {
      return;
    }
    Linker linker = Linker.nativeLinker();
    linker
        .defaultLookup()
        .find("setpriority")
        .map(address ->
            linker.downcallHandle(
                address,
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT)))
        .ifPresent(Niceness::call);
  }

  private static void call(MethodHandle setpriority) {
    try {
      // It fails where the thread is lower already: no harm.
      int _ = (int) setpriority.invokeExact(PRIO_PROCESS, SELF, BACKGROUND);
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
