package io.weir.controller.provision;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Starts processes that go on without this one, and tells them from others later. */
final class Program {
  /** What a process gets of this one's environment, which may hold secrets. */
  private static final Set<String> PASSED_ON =
      Set.of(
          "PATH",
          "HOME",
          "USER",
          "LANG",
          "LC_ALL",
          "TZ",
          "TMPDIR",
          "JAVA_HOME",
          "WEIR_HOME",
          "WEIR_JAVA_HOME",
          "WEIR_JAVA_OPTS",
          "WEIR_NO_BUILD");

  private static final Path SETSID = Path.of("/usr/bin/setsid");
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

  // Written by what becomes the program, so that it is known even if whoever started it died at
  // once.
  private static final String WRITE_PID =
      "echo $$ >\"$0.new\" && mv \"$0.new\" \"$0\" && exec \"$@\"";

  /** A program that cannot run at all ends within this. */
  private static final long STILLBORN_MILLIS = 50;

  private static final long LOOK_NANOS = 5_000_000;
  private static final int STATE = 0;
  private static final int START_TIME = 19;

  private Program() {}

  /**
   * What may be started.
   *
   * @param name below the folder, or absolute
   * @throws ProvisionException unless it is a program in that folder, links followed
   */
  static Path allowed(Optional<Path> folder, String name) throws ProvisionException {
    if (folder.isEmpty()) {
      throw new ProvisionException(
          "this controller starts no programs: it was started without --hook-programs", false);
    }
    try {
      Path root = folder.get().toRealPath();
      Path program = root.resolve(name).toRealPath();
      if (program.startsWith(root) && Files.isRegularFile(program) && Files.isExecutable(program)) {
        return program;
      }
      throw new ProvisionException(
          "\"%s\" is not a program in %s (see --hook-programs)".formatted(name, root), false);
    } catch (NoSuchFileException e) {
      throw new ProvisionException(
          "there is no program \"%s\" in %s (see --hook-programs)".formatted(name, folder.get()),
          false,
          e);
    } catch (IOException e) {
      throw new ProvisionException(
          "\"%s\" in %s cannot be looked at".formatted(name, folder.get()), true, e);
    }
  }

  /**
   * Returns once the process has said who it is, or after {@code patience}; empty: it ended at
   * once.
   *
   * @param pidFile where it says so
   * @param log what it writes
   */
  static Optional<ProcessHandle> start(
      List<String> command, Map<String, String> more, Path pidFile, Path log, Duration patience)
      throws IOException {
    List<String> line = new ArrayList<>();
    if (Files.isExecutable(SETSID)) {
      // So that what interrupts this process's terminal does not reach it.
      line.add(SETSID.toString());
    }
    line.addAll(List.of("/bin/sh", "-c", WRITE_PID, pidFile.toString()));
    line.addAll(command);
    Files.deleteIfExists(pidFile);
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().keySet().removeIf(name -> !PASSED_ON.contains(name));
    builder.environment().putAll(more);
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    Process process = builder.start();
    process.getOutputStream().close();
    Optional<ProcessHandle> born = awaited(pidFile, patience);
    try {
      return process.waitFor(STILLBORN_MILLIS, TimeUnit.MILLISECONDS) ? Optional.empty() : born;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return born;
    }
  }

  /** The process that wrote its id there; empty: none did, or it has ended. */
  static Optional<ProcessHandle> awaited(Path pidFile, Duration patience) throws IOException {
    long began = System.nanoTime();
    while (!Files.exists(pidFile)) {
      if (System.nanoTime() - began > patience.toNanos()) {
        return Optional.empty();
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    try {
      return ProcessHandle.of(Long.parseLong(Files.readString(pidFile).strip()));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** The same for one process all its life, and for no other; empty: it has ended. */
  static Optional<String> identity(long pid) {
    Optional<ProcessHandle> handle = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
    if (handle.isEmpty()) {
      return Optional.empty();
    }
    Path stat = Path.of("/proc", Long.toString(pid), "stat");
    try {
      if (!Files.exists(BOOT)) {
        return handle.get().info().startInstant().map(Instant::toString);
      }
      String text = Files.readString(stat);
      // The name before them may contain anything.
      String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
      return fields[STATE].equals("Z") || fields[STATE].equals("X")
          ? Optional.empty()
          : Optional.of(Files.readString(BOOT).strip() + ":" + fields[START_TIME]);
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  /** Politely, or at once; with whatever it started. */
  static void end(long pid, boolean atOnce) {
    ProcessHandle.of(pid)
        .ifPresent(handle -> {
          List<ProcessHandle> all = new ArrayList<>(handle.descendants().toList());
          all.add(handle);
          for (ProcessHandle one : all) {
            boolean _ = atOnce ? one.destroyForcibly() : one.destroy();
          }
        });
  }
}
