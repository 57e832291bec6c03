package io.weir.agent.accesslog;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What lines are written to. Used by one thread. */
sealed interface LogSink {
  void write(ByteBuffer lines) throws IOException;

  /** Called about once a second. */
  void tick() throws IOException;

  void close() throws IOException;

  static LogSink file(Path file) throws IOException {
    return new Rotated(file);
  }

  static LogSink stdout() {
    return new Stdout(new FileOutputStream(FileDescriptor.out).getChannel());
  }

  record Stdout(FileChannel channel) implements LogSink {
    @Override
    public void write(ByteBuffer lines) throws IOException {
      while (lines.hasRemaining()) {
        channel.write(lines);
      }
    }

    @Override
    public void tick() {}

    /** Not ours to close. */
    @Override
    public void close() {}
  }

  /** A file that others move away. */
  final class Rotated implements LogSink {
    private final Path path;
    private FileChannel channel;

    /** Device and inode of what is open. */
    private @Nullable Object key;

    private Rotated(Path path) throws IOException {
      this.path = path;
      channel = open(path);
      key = key(path);
    }

    private static FileChannel open(Path path) throws IOException {
      return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static @Nullable Object key(Path path) throws IOException {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    @Override
    public void write(ByteBuffer lines) throws IOException {
      while (lines.hasRemaining()) {
        channel.write(lines);
      }
    }

    @Override
    public void tick() throws IOException {
      boolean moved;
      try {
        moved = !Objects.equals(key, key(path));
      } catch (NoSuchFileException gone) {
        moved = true;
      }
      if (moved) {
        FileChannel next = open(path);
        channel.close();
        channel = next;
        key = key(path);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
