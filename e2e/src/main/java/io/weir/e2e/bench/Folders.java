package io.weir.e2e.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;

/** Folders for what a run leaves behind. */
final class Folders {
  private Folders() {}

  /** For every user, as some contenders refuse to be root. */
  static Path create(Path parent, String name) {
    try {
      return open(Files.createDirectories(parent.resolve(name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new one in the system's folder for such. */
  static Path temporary() {
    return temporary(Path.of(System.getProperty("java.io.tmpdir")));
  }

  /** A new one, likewise for every user; it is deleted at the latest when this JVM ends. */
  static Path temporary(Path parent) {
    try {
      Path folder = open(Files.createTempDirectory(parent, "weir-bench-"));
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> deleteIfPossible(folder), "delete " + folder));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path open(Path folder) throws IOException {
    return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  private static void deleteIfPossible(Path folder) {
    try {
      delete(folder);
    } catch (UncheckedIOException e) {
      // A process that is about to end still wrote there: a little may be left.
    }
  }

  /** With all that is in it; nothing happens if it is not there. */
  static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
