package io.weir.controller.store;

import com.google.protobuf.ByteString;
import io.weir.controller.store.Store.Entry;
import io.weir.controller.store.Store.Listing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/** What goes from one store to another, and the checksum that says that all of it did. */
public final class Transfer {
  /** There while an import runs, and after one that broke off; nothing is in effect meanwhile. */
  static final String MARKER = Journal.CONFIG + "importing";

  /** Of this very cluster of processes: the term, who leads, and who is there. */
  private static final List<String> OWN = List.of("meta/term", "meta/leader", "controllers/");

  private Transfer() {}

  /**
   * All that is to be had in another store, as of one revision. Blocks.
   *
   * @throws StoreException also while an import runs, or after one that broke off
   */
  public static Listing export(Store store) {
    Listing all = store.list("");
    if (all.entries().stream().anyMatch(entry -> entry.key().equals(MARKER))) {
      throw new StoreException(Journal.IMPORTING);
    }
    return new Listing(all.revision(), all.entries().stream().filter(Transfer::isMoved).toList());
  }

  static boolean isMoved(Entry entry) {
    return OWN.stream().noneMatch(entry.key()::startsWith);
  }

  /** Whether what was written begins an import, or ends one. */
  public static boolean concerns(List<Store.Write> writes) {
    return writes.stream().anyMatch(write -> write.key().equals(MARKER));
  }

  /** As {@code ExportTrailer.sha256} says. */
  public static final class Checksum {
    private final MessageDigest digest;

    public Checksum() {
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    public void add(String key, ByteString value, long revision) {
      byte[] name = key.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(name.length).array());
      digest.update(name);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(value.size()).array());
      digest.update(value.asReadOnlyByteBuffer());
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(revision).array());
    }

    /** Once, at the end. */
    public ByteString sha256() {
      return ByteString.copyFrom(digest.digest());
    }
  }
}
