package io.weir.controller;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Has the JVM's compilers give way to what serves, by setpriority(2) for their threads, which Java
 * has no call for. They would take a core for tens of milliseconds at a time, long after all that
 * is hot was compiled, while agents wait for a change. Elsewhere than on Linux nothing happens.
 */
public final class Compilers {
  /** Before, what they do is waited for: thousands of agents may be coming back. */
  private static final long SECONDS = 60;

  /** About a tenth of what another thread gets beside it. */
  private static final int BACKGROUND = 10;

  private static final int PRIO_PROCESS = 0;
  private static final Path THREADS = Path.of("/proc/self/task");

  /** As HotSpot names them, cut off by the kernel. */
  private static final Pattern COMPILER = Pattern.compile("C[12] Compiler");

  private Compilers() {}

  /** In a minute, and for as long as the process runs: those that they start do so, too. */
  public static void giveWay() {
    CompletableFuture.delayedExecutor(SECONDS, TimeUnit.SECONDS).execute(Compilers::lower);
  }

  /** Now. */
  static void lower() {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        if (COMPILER.matcher(Files.readString(thread.resolve("comm"))).lookingAt()) {
          lower(Integer.parseInt(thread.getFileName().toString()));
        }
      }
    } catch (IOException | DirectoryIteratorException | NumberFormatException e) {
      // Not on Linux, or one that has just ended: they go on as they did.
    }
  }

  private static void lower(int thread) {
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
        .ifPresent(setpriority -> call(setpriority, thread));
  }

  private static void call(MethodHandle setpriority, int thread) {
    try {
      // It fails where the thread is lower already: no harm.
      int _ = (int) setpriority.invokeExact(PRIO_PROCESS, thread, BACKGROUND);
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
