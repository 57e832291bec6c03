package io.weir.cli.pki;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Writes files that only their owner may read: all of one or nothing. */
final class SecretFile {
  private SecretFile() {}

  /** Makes {@code dir}, too. */
  static void makeFolder(Path dir) {
    try {
      if (!Files.isDirectory(dir)) {
        Files.createDirectories(
            dir,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException e) {
      throw new PkiException("%s cannot be made: %s".formatted(dir, e.getMessage()), e);
    }
  }

  /**
   * @param replace else a file that is there stays, which is an error
   */
  static void write(Path file, String text, boolean replace) {
    Path dir = file.toAbsolutePath().getParent();
    try {
      Path fresh =
          Files.createTempFile(
              dir,
              ".pki",
              ".new",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try {
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
          ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
          channel.force(true);
        }
        if (replace) {
          Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } else {
          // Unlike a move, a link never takes the place of what is there.
          Files.createLink(file, fresh);
        }
      } finally {
        Files.deleteIfExists(fresh);
      }
    } catch (FileAlreadyExistsException e) {
      throw new PkiException("%s is there already; give --force to replace it".formatted(file), e);
    } catch (IOException e) {
      throw new PkiException("%s cannot be written: %s".formatted(file, e.getMessage()), e);
    }
  }
}
