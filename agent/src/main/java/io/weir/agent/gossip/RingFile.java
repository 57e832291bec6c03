package io.weir.agent.gossip;

import io.weir.v1.Gossip;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * The keys that the controller told last and some members that were there then, beside the last
 * good snapshots, for the owner only: with them the ring forms again without a controller. A save
 * is written aside and renamed into place.
 */
record RingFile(Path dir) {
  private Path file() {
    return dir.resolve("ring");
  }

  void save(Gossip gossip) throws IOException {
    Path temporary = dir.resolve("ring.tmp");
    Files.deleteIfExists(temporary);
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer bytes = ByteBuffer.wrap(gossip.toByteArray());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(
        temporary, file(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Empty when there is none yet. */
  Optional<Gossip> load() throws IOException {
    try {
      return Optional.of(Gossip.parseFrom(Files.readAllBytes(file())));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }
}
