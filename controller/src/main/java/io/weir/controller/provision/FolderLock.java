package io.weir.controller.provision;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One at a time in a folder, of all threads of all processes of this machine. */
final class FolderLock implements AutoCloseable {
  private static final long LOOK_NANOS = 5_000_000;

  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Makes the folder if need be.
   *
   * @throws IOException also if somebody else has it all the time
   */
  static FolderLock take(Path folder, Duration patience) throws IOException {
    Files.createDirectories(folder);
    FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    long began = System.nanoTime();
    try {
      while (locked(channel) == null) {
        if (System.nanoTime() - began > patience.toNanos() || Thread.interrupted()) {
          throw new IOException("another controller of this machine is busy in " + folder);
        }
        LockSupport.parkNanos(LOOK_NANOS);
      }
      return new FolderLock(channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Null: somebody else has it. */
  private static @Nullable FileLock locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    // Which gives the lock back.
    channel.close();
  }
}
