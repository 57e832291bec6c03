package io.weir.agent;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Has threads, and every thread that they start, give way to others where there is not enough CPU
 * time for all, by setpriority(2), which Java has no call for. On Linux that is a matter of the one
 * thread; elsewhere nothing happens.
 */
final class Niceness {
  /**
   * About a tenth of what an event loop gets beside it: a change of the configuration comes a
   * little later on a busy machine, and no request waits for it.
   */
  private static final int BACKGROUND = 10;

  /**
   * About a third. With less, requests are served by slow code for longer than it pays: on a core
   * that has nothing left, the cost of a request settles after about 5 s without, 10 s with this,
   * and not within 24 s with a tenth.
   */
  private static final int COMPILING = 5;

  private static final int PRIO_PROCESS = 0;
  private static final int SELF = 0;
  private static final Path THREADS = Path.of("/proc/self/task");

  /** As HotSpot names them, cut off by the kernel. */
  private static final Pattern COMPILER = Pattern.compile("C[12] Compiler");

  private Niceness() {}

  /** A task that begins with lowering the priority of its thread. */
  static Runnable lowered(Runnable task) {
    return () -> {
      lower(SELF, BACKGROUND);
      task.run();
    };
  }

  /**
   * The JVM's compilers: the first seconds of traffic are when they have most to do, tens of
   * milliseconds at a time, and there are two beside an event loop.
   */
  static void lowerCompilers() {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        if (COMPILER.matcher(Files.readString(thread.resolve("comm"))).lookingAt()) {
          lower(Integer.parseInt(thread.getFileName().toString()), COMPILING);
        }
      }
    } catch (IOException | DirectoryIteratorException | NumberFormatException e) {
      // Not on Linux, or one that has just ended: they go on as they did.
    }
  }

  private static void lower(int thread, int niceness) {
    // Elsewhere it would be the whole process.
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
        .ifPresent(setpriority -> call(setpriority, thread, niceness));
  }

  private static void call(MethodHandle setpriority, int thread, int niceness) {
    try {
      // It fails where the thread is lower already: no harm.
      int _ = (int) setpriority.invokeExact(PRIO_PROCESS, thread, niceness);
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
