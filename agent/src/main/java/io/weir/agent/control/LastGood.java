package io.weir.agent.control;

import io.weir.v1.Snapshot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots an agent last ran, on disk, so that it starts without a controller. One process
 * owns a directory. Files in it:
 *
 * <ul>
 *   <li>{@code lock}: locked while an agent runs; holds its process id.
 *   <li>{@code snapshot-N}: N counts saves, 20 decimal digits; the highest is the newest, and the
 *       three newest are kept. Each is a {@link SnapshotFile}.
 *   <li>{@code snapshot.tmp}: a save under way or one that a crash cut short; never read.
 * </ul>
 *
 * <p>A save is written aside, forced to the disk, renamed into place, and the directory is forced
 * too: after a crash a file is whole or absent. Blocking; for one thread.
 */
public final class LastGood implements AutoCloseable {
  static final int GENERATIONS = 3;

  private static final Logger log = LoggerFactory.getLogger(LastGood.class);
  private static final Pattern NAME = Pattern.compile("snapshot-([0-9]{20})");

  private final Path dir;
  private final FileChannel lock;
  private boolean failing;

  private LastGood(Path dir, FileChannel lock) {
    this.dir = dir;
    this.lock = lock;
  }

  /** What became of {@link #open}. */
  public sealed interface Opening {
    record Opened(LastGood lastGood) implements Opening {}

    /** {@code sentence}: what is wrong with the directory and what to do, without a full stop. */
    record Unusable(String sentence) implements Opening {}
  }

  /** A file that is there but cannot be used. */
  public record Damage(Path file, String reason) {}

  /** The usable snapshots, newest first, and what could not be used, newest first. */
  public record Loaded(List<Snapshot> snapshots, List<Damage> damaged) {
    public Loaded {
      snapshots = List.copyOf(snapshots);
      damaged = List.copyOf(damaged);
    }
  }

  /** Creates the directory where it is missing and takes it for this process. */
  public static Opening open(Path dir) {
    @Nullable FileChannel lock = null;
    try {
      Files.createDirectories(dir);
      lock =
          FileChannel.open(
              dir.resolve("lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      if (!tryLock(lock)) {
        String owner = owner(lock);
        lock.close();
        return new Opening.Unusable(
            "data directory %s is in use by another agent%s; give each its own with --data-dir"
                .formatted(dir, owner));
      }
      lock.truncate(0);
      lock.write(
          ByteBuffer.wrap(
              (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)),
          0);
      LastGood lastGood = new LastGood(dir, lock);
      lastGood.probe();
      return new Opening.Opened(lastGood);
    } catch (IOException e) {
      closeQuietly(lock);
      return new Opening.Unusable(
          "cannot use data directory %s: %s; make it readable and writable or choose another with --data-dir"
              .formatted(dir, reason(e)));
    }
  }

  /** Damage is a value here: the next older generation takes over. */
  public Loaded load() {
    List<Snapshot> snapshots = new ArrayList<>();
    List<Damage> damaged = new ArrayList<>();
    try {
      for (Path file : newestFirst()) {
        try {
          snapshots.add(SnapshotFile.decode(Files.readAllBytes(file)));
        } catch (IOException e) {
          damaged.add(new Damage(file, reason(e)));
        }
      }
    } catch (IOException e) {
      damaged.add(new Damage(dir, reason(e)));
    }
    return new Loaded(snapshots, damaged);
  }

  /**
   * Keeps {@code snapshot} as the newest. Where the disk does not take it (full, gone), the agent
   * goes on from memory: that is logged once until a save succeeds again.
   *
   * @return whether it will survive a crash
   */
  public boolean save(Snapshot snapshot) {
    try {
      write(snapshot);
    } catch (IOException e) {
      if (!failing) {
        failing = true;
        log.atError()
            .addKeyValue("dir", dir)
            .addKeyValue("revision", snapshot.getRevision())
            .addKeyValue("reason", reason(e))
            .log("cannot save the last good snapshot; serving from memory");
      }
      return false;
    }
    if (failing) {
      failing = false;
      log.atInfo()
          .addKeyValue("dir", dir)
          .addKeyValue("revision", snapshot.getRevision())
          .log("saving the last good snapshot works again");
    }
    return true;
  }

  /** Gives the directory up. */
  @Override
  public void close() {
    closeQuietly(lock);
  }

  private void write(Snapshot snapshot) throws IOException {
    List<Path> before = newestFirst();
    long number = before.isEmpty() ? 1 : number(before.getFirst()).orElseThrow() + 1;
    Path temporary = dir.resolve("snapshot.tmp");
    try (FileChannel file =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = SnapshotFile.encode(snapshot);
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(true);
    }
    Files.move(
        temporary, dir.resolve("snapshot-%020d".formatted(number)), StandardCopyOption.ATOMIC_MOVE);
    forceDirectory();
    for (Path old : before.subList(Math.min(GENERATIONS - 1, before.size()), before.size())) {
      Files.deleteIfExists(old);
    }
  }

  /**
   * Whether files can be listed, made and removed here, found out before anything depends on it.
   */
  private void probe() throws IOException {
    newestFirst();
    Path temporary = dir.resolve("snapshot.tmp");
    Files.write(temporary, new byte[1]);
    Files.delete(temporary);
  }

  private void forceDirectory() throws IOException {
    try (FileChannel directory = FileChannel.open(dir, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  private List<Path> newestFirst() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files
          .filter(file -> number(file).isPresent())
          .sorted(Comparator.comparing((Path file) -> file.getFileName().toString()).reversed())
          .toList();
    }
  }

  private static Optional<Long> number(Path file) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    try {
      return name.matches() ? Optional.of(Long.parseLong(name.group(1))) : Optional.empty();
    } catch (NumberFormatException _) { // 20 digits may be more than a long holds
      return Optional.empty();
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException _) { // held within this process
      return false;
    }
  }

  private static String owner(FileChannel lock) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(20);
    lock.read(text, 0);
    String pid = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
    return pid.matches("[0-9]+") ? " (process " + pid + ")" : "";
  }

  private static void closeQuietly(@Nullable Channel c) {
    if (c != null) {
      try {
        c.close();
      } catch (IOException e) {
        log.atDebug().setCause(e).log("close failed");
      }
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException gone -> "no such file " + gone.getFile();
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException _ -> "it is not a directory";
      case NotDirectoryException _ -> "it is not a directory";
      case FileSystemException other when other.getReason() != null ->
          String.valueOf(other.getReason()).toLowerCase(Locale.ROOT);
      default -> String.valueOf(e.getMessage());
    };
  }
}
